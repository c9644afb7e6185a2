"""A run from its documents to its folder: events, results, divergence, budgets."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from models_core.data import Dataset
from models_core.design import Builder, Design, DesignError
from models_core.model import BEST, LAST, Model
from models_core.training.events import Emitter, Event, encode
from models_core.training.faults import Diverged, TrainingFault
from models_core.training.recipe import RecipeError
from models_core.training.session import Source, train

from .runs import Listener, picture_design, recipe, rows, run


def test_the_whole_story_of_a_run(digits: Dataset, tmp_path: Path) -> None:
    listener = Listener()
    outcome = run(picture_design(), digits, recipe(epochs=2), tmp_path, listener=listener, onnx=True)
    types = [event["type"] for event in listener.events]
    assert types[0] == "start"
    assert types[-2:] == ["result", "end"]
    assert set(types) == {"start", "latency", "metrics", "progress", "nodes", "checkpoint", "log", "result", "end"}
    for event in listener.events:
        json.loads(encode(event))
    start = listener.of("start")[0]
    assert start["total_steps"] == 44
    assert start["params"] == sum(param.numel() for param in Model.read(tmp_path).module.parameters())
    latency = listener.of("latency")[0]
    assert 0 < latency["p50_ms"] <= latency["p95_ms"]
    result = listener.of("result")[0]
    assert result["onnx"] == "model.onnx"
    assert (tmp_path / "model.onnx").stat().st_size > 1000
    metrics = result["metrics"]
    assert sum(sum(row) for row in metrics["confusion"]) == len(digits.split("test"))
    assert len(metrics["per_class"]) == 10
    best = max(event["values"]["test/accuracy"] for event in listener.tests())
    assert metrics["accuracy"] == best == outcome.metrics["accuracy"]
    assert result["peak_memory_bytes"] > 2**20
    document = json.loads((tmp_path / "run.json").read_text())
    assert document["state"] == "done"
    assert document["recipe"]["epochs"] == 2
    assert document["data"]["version"] == digits.version
    names = [name for row in rows(tmp_path) for name in row["values"]]
    assert {"train/loss", "train/accuracy", "lr", "samples_per_s", "test/loss", "test/accuracy"} <= set(names)
    model = Model.read(tmp_path)
    assert model.task == "image_classification"
    assert model.preprocess is not None
    assert model.preprocess.target.names == digits.class_names


def test_the_same_seed_gives_the_same_weights_another_seed_others(digits: Dataset, tmp_path: Path) -> None:
    weights = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run(picture_design(), digits, recipe(epochs=1, seed=seed), tmp_path / name)
        weights[name] = (tmp_path / name / BEST).read_bytes()
    assert weights["a"] == weights["b"]
    assert weights["a"] != weights["c"]


def diverging(**fields: Any) -> Any:
    return recipe(
        optimizer={"id": "sgd", "lr": 100.0, "momentum": 0.99}, schedule={"id": "constant"}, epochs=3, **fields
    )


def plain_design() -> Design:
    """Three linear layers and nothing that would tame them."""
    b = Builder("untamed", task="image_classification", doc="For tests.")
    b.facts(image={"channels": 1}, label={"classes": 10})
    x = b.input("image", "image", C=1, H=8, W=8)
    x = b.add("flat", "flatten", x)
    for index in range(3):
        x = b.add(f"linear{index}", "linear", x, out_features=32)
    b.output("logits", b.add("head", "linear", x, out_features="=facts.label.classes"))
    return b.build()


def test_a_diverging_run_is_stopped_with_its_remedy(digits: Dataset, tmp_path: Path) -> None:
    listener = Listener()
    with pytest.raises(Diverged, match=r"no longer a number.*lower the learning rate") as caught:
        run(plain_design(), digits, diverging(), tmp_path, listener=listener)
    assert "learning rate" in caught.value.remedy
    last = json.loads(encode(listener.of("metrics")[-1]))
    assert last["values"]["train/loss"] is None
    assert "train/loss" in last["nonfinite"]
    assert json.loads((tmp_path / "run.json").read_text())["state"] == "failed"


def test_a_diverging_run_goes_on_where_it_is_told_to(digits: Dataset, tmp_path: Path) -> None:
    listener = Listener()
    outcome = run(plain_design(), digits, diverging(on_divergence="continue"), tmp_path, listener=listener)
    assert outcome.state == "done"
    assert outcome.step == 66
    assert math.isnan(listener.of("metrics")[-1]["values"]["test/loss"])
    for event in listener.events:
        assert "NaN" not in encode(event)
    assert (tmp_path / BEST).exists()
    assert json.loads((tmp_path / "run.json").read_text())["metrics"]["loss"] is None


def test_a_budget_in_seconds_is_kept(digits: Dataset, tmp_path: Path) -> None:
    began = time.monotonic()
    listener = Listener()
    given = recipe(epochs=None, seconds=1.5, schedule={"id": "one_cycle"})
    outcome = run(picture_design(), digits, given, tmp_path, listener=listener)
    assert outcome.state == "done"
    assert outcome.step > 10
    assert time.monotonic() - began < 15
    assert listener.tests()[-1]["step"] == outcome.step
    rates = [event["values"]["lr"] for event in listener.of("metrics") if "lr" in event["values"]]
    assert rates[-1] < max(rates)


def test_callbacks_end_a_run(digits: Dataset, tmp_path: Path) -> None:
    listener = Listener()
    given = recipe(epochs=20, callbacks=[{"id": "stop_at", "value": 0.0}])
    outcome = run(picture_design(), digits, given, tmp_path, listener=listener)
    assert (outcome.state, outcome.step) == ("done", 22)
    assert any("as asked" in event["message"] for event in listener.of("log"))


def test_the_average_is_what_is_judged_and_kept(digits: Dataset, tmp_path: Path) -> None:
    run(picture_design(), digits, recipe(epochs=1), tmp_path / "plain")
    run(picture_design(), digits, recipe(epochs=1, ema=0.9), tmp_path / "mean")
    plain, mean = (Model.read(tmp_path / name, "last").module for name in ("plain", "mean"))
    assert not torch.equal(plain.conv.weight, mean.conv.weight)
    assert (tmp_path / "mean" / LAST).stat().st_size == (tmp_path / "plain" / LAST).stat().st_size


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"augmentations": [{"id": "flip"}]}, RecipeError, "change pictures"),
        ({}, TrainingFault, "the design gives|needs"),
    ],
)
def test_what_does_not_go_together_is_refused(
    change: dict[str, Any], error: type[Exception], text: str, counting: Dataset, digits: Dataset, tmp_path: Path
) -> None:
    if change:
        from models_core import registry

        design, data = registry.get("design", "byte_transformer").obj(), counting
    else:
        design, data = picture_design(), digits
        design.nodes[-1].params["out_features"] = 7
    with pytest.raises(error, match=text):
        run(design, data, recipe(**change), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_faulty_design_is_refused(digits: Dataset, tmp_path: Path) -> None:
    design = picture_design()
    design.edges.pop(0)
    with pytest.raises(DesignError):
        run(design, digits, recipe(), tmp_path / "run")


def test_a_design_without_weights_is_refused(digits: Dataset, tmp_path: Path) -> None:
    b = Builder("empty", task="image_classification", doc="For tests.")
    b.facts(image={"channels": 1}, label={"classes": 10})
    x = b.input("image", "image", C=10, H=8, W=8)
    b.output("logits", b.add("pool", "global_avg_pool", x))
    design = b.build()
    design.inputs[0].dims["C"] = 3
    with pytest.raises(TrainingFault):
        run(design, digits, recipe(), tmp_path / "run")


def test_a_batch_norm_that_gets_one_value_is_explained(digits: Dataset, tmp_path: Path) -> None:
    b = Builder("one", task="image_classification", doc="For tests.")
    b.facts(image={"channels": 1}, label={"classes": 10})
    x = b.input("image", "image", C=1, H=8, W=8)
    x = b.add("conv", "conv2d", x, out_channels=4, kernel_size=8, padding=0)
    x = b.add("norm", "batch_norm", x)
    x = b.add("flat", "flatten", x)
    b.output("logits", b.add("head", "linear", x, out_features=10))
    with pytest.raises(TrainingFault, match="batch_size to 2 or more"):
        run(b.build(), digits, recipe(batch_size=1), tmp_path / "run")


def test_numbers_near_zero_are_zero_while_training_and_not_after(digits: Dataset, tmp_path: Path) -> None:
    if not torch.set_flush_denormal(True):
        pytest.skip("this CPU has no such mode")
    torch.set_flush_denormal(False)
    tiny, seen = torch.full((8,), 1e-40), []

    def look(event: Event) -> None:
        if event["type"] == "metrics":
            seen.append(bool((tiny * 1).any()))

    train(picture_design(), digits, recipe(epochs=1), tmp_path, source=Source("digits"), emit=Emitter(look), onnx=False)
    assert seen
    assert not any(seen)
    assert (tiny * 1).all()
