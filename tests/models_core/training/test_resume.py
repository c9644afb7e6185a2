"""A resumed run is bit for bit the run that was never stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from models_core import registry
from models_core.data import Dataset
from models_core.model import BEST, LAST, STATE
from models_core.training.control import Control
from models_core.training.faults import TrainingFault

from .runs import Killed, Listener, picture_design, recipe, rows, run

PICTURE_RECIPES: dict[str, dict[str, Any]] = {
    "adamw": {"ema": 0.95, "clip": 1.0, "augmentations": [{"id": "crop", "padding": 1}, {"id": "flip"}]},
    "sgd": {
        "optimizer": {"id": "sgd", "lr": 0.05, "nesterov": True},
        "schedule": {"id": "one_cycle", "warmup_steps": 3},
        "callbacks": [{"id": "early_stop", "patience": 50}],
        "label_smoothing": 0.1,
    },
    "contiguous": {"channels_last": False, "schedule": {"id": "constant"}, "norm_decay": True},
}


def same_weights(one: Path, other: Path) -> None:
    for name in (BEST, LAST):
        mine, theirs = load_file(one / name), load_file(other / name)
        assert mine.keys() == theirs.keys()
        for key in mine:
            assert torch.equal(mine[key], theirs[key]), f"{name}: {key}"


def evaluations(folder: Path) -> list[tuple[int, dict[str, float]]]:
    found = [(row["step"], row["values"]) for row in rows(folder)]
    return [(step, values) for step, values in found if "test/loss" in values]


@pytest.mark.parametrize("name", PICTURE_RECIPES)
@pytest.mark.parametrize("killed_at", [15, 22, 36])
def test_killed_and_resumed_equals_uninterrupted(name: str, killed_at: int, digits: Dataset, tmp_path: Path) -> None:
    """Steps 15 and 36 lie inside an epoch of 22 steps, 22 at its end after the evaluation."""
    given = recipe(**PICTURE_RECIPES[name], checkpoint_steps=5)
    run(picture_design(), digits, given, tmp_path / "whole")
    listener = Listener(until=lambda event: event["type"] == "checkpoint" and event["step"] >= killed_at)
    with pytest.raises(Killed):
        run(picture_design(), digits, given, tmp_path / "cut", listener=listener)
    torch.rand(100)  # whatever else the process has drawn meanwhile
    again = Listener()
    outcome = run(picture_design(), digits, given, tmp_path / "cut", listener=again, resume=tmp_path / "cut")
    assert outcome.state == "done"
    rewound = again.of("rewind")[0]["step"]
    assert killed_at <= rewound < 44
    assert min(event["step"] for event in again.of("metrics")) > rewound - (1 if killed_at == 22 else 0)
    same_weights(tmp_path / "whole", tmp_path / "cut")
    assert evaluations(tmp_path / "cut") == evaluations(tmp_path / "whole")
    steps = [row["step"] for row in rows(tmp_path / "cut") if "train/loss" in row["values"]]
    assert steps == sorted(set(steps))
    assert steps[-1] == 44


def test_a_stop_is_resumed_in_another_folder(digits: Dataset, tmp_path: Path) -> None:
    """As a supervisor does it: each attempt has its own folder, and the stop comes from outside."""
    given = recipe(ema=0.9)
    run(picture_design(), digits, given, tmp_path / "whole")
    control = Control()
    listener = Listener(until=lambda event: event["type"] == "start" and control.command('{"cmd": "stop"}'))
    first = run(picture_design(), digits, given, tmp_path / "f1", listener=listener, control=control)
    assert first.state == "cancelled"
    assert listener.of("end")[-1]["state"] == "cancelled"
    assert (tmp_path / "f1" / STATE).exists()
    second = run(picture_design(), digits, given, tmp_path / "f2", resume=tmp_path / "f1")
    assert second.state == "done"
    same_weights(tmp_path / "whole", tmp_path / "f2")


def test_a_stop_during_an_evaluation_repeats_it(digits: Dataset, tmp_path: Path) -> None:
    given = recipe(checkpoint_seconds=1000)
    run(picture_design(), digits, given, tmp_path / "whole")

    class Late(Control):
        """Stops as soon as the first evaluation asks."""

        asked = 0

        @property
        def stopping(self) -> bool:
            self.asked += 1
            return self.asked > 24

    listener = Listener()
    run(picture_design(), digits, given, tmp_path / "cut", listener=listener, control=Late())
    assert listener.tests() == []
    assert listener.of("checkpoint")[-1]["step"] == 22
    run(picture_design(), digits, given, tmp_path / "cut", resume=tmp_path / "cut")
    same_weights(tmp_path / "whole", tmp_path / "cut")
    assert evaluations(tmp_path / "cut") == evaluations(tmp_path / "whole")


def test_a_language_model_resumes(counting: Dataset, tmp_path: Path) -> None:
    design = registry.get("design", "byte_transformer").obj()
    design.variables["width"].value, design.variables["depth"].value = 64, 1
    given = recipe(epochs=4, batch_size=16, checkpoint_steps=2, clip=1.0)
    listener = Listener()
    run(design, counting, given, tmp_path / "whole", listener=listener)
    assert listener.of("sample")
    killer = Listener(until=lambda event: event["type"] == "checkpoint" and event["step"] >= 5)
    with pytest.raises(Killed):
        run(design, counting, given, tmp_path / "cut", listener=killer)
    run(design, counting, given, tmp_path / "cut", resume=tmp_path / "cut")
    same_weights(tmp_path / "whole", tmp_path / "cut")


def test_resuming_without_a_checkpoint_begins(digits: Dataset, tmp_path: Path) -> None:
    listener = Listener()
    outcome = run(
        picture_design(), digits, recipe(epochs=1), tmp_path / "new", listener=listener, resume=tmp_path / "new"
    )
    assert outcome.state == "done"
    assert not listener.of("rewind")


def test_a_finished_run_resumes_to_its_result(digits: Dataset, tmp_path: Path) -> None:
    first = run(picture_design(), digits, recipe(epochs=1), tmp_path / "run")
    weights = os.stat(tmp_path / "run" / BEST).st_mtime_ns
    listener = Listener()
    second = run(
        picture_design(), digits, recipe(epochs=1), tmp_path / "run", listener=listener, resume=tmp_path / "run"
    )
    assert second.metrics == first.metrics
    assert not listener.of("metrics")
    assert os.stat(tmp_path / "run" / BEST).st_mtime_ns == weights


def test_another_recipe_design_or_data_is_refused(digits: Dataset, tmp_path: Path) -> None:
    run(picture_design(), digits, recipe(epochs=1), tmp_path / "run")
    with pytest.raises(TrainingFault, match="another batch size"):
        run(picture_design(), digits, recipe(epochs=1, batch_size=32), tmp_path / "run", resume=tmp_path / "run")
    other = picture_design()
    other.nodes[0].params["out_channels"] = 12
    with pytest.raises(TrainingFault, match="another design"):
        run(other, digits, recipe(epochs=1), tmp_path / "run", resume=tmp_path / "run")


def test_a_changed_learning_rate_replays(digits: Dataset, tmp_path: Path) -> None:
    """Set while it runs, lost with the process, taken up again at its step; and repeatable from the recipe alone."""
    control = Control()

    def at_first_checkpoint(event: Any) -> bool:
        if event["type"] == "checkpoint" and event["step"] == 10:
            control.command('{"cmd": "set", "lr": 0.0005}')
        return event["type"] == "set"

    given = recipe(checkpoint_steps=10)
    with pytest.raises(Killed):
        run(picture_design(), digits, given, tmp_path / "cut", listener=Listener(at_first_checkpoint), control=control)
    listener = Listener()
    run(picture_design(), digits, given, tmp_path / "cut", listener=listener, resume=tmp_path / "cut")
    assert listener.of("rewind")[0]["step"] == 10
    rates = [event["values"]["lr"] for event in listener.of("metrics") if "lr" in event["values"]]
    assert 0 < max(rates) <= 0.0005
    replayed = recipe(checkpoint_steps=10, changes=[{"step": 10, "lr": 0.0005}])
    run(picture_design(), digits, replayed, tmp_path / "replayed")
    same_weights(tmp_path / "cut", tmp_path / "replayed")
    run(picture_design(), digits, given, tmp_path / "plain")
    with pytest.raises(AssertionError):
        same_weights(tmp_path / "plain", tmp_path / "replayed")
