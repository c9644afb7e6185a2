"""Beginning with weights that are there: what fits, what begins fresh, and what is refused before it is trained."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from models_core.compile import build
from models_core.data import Dataset
from models_core.design import Builder, Design
from models_core.model import BEST, FileFault
from models_core.model.fit import begin, fit, shapes_in, shapes_of
from models_core.model.model import write_weights
from models_core.training.events import Emitter
from models_core.training.session import Source, train

from .runs import Killed, Listener, picture_design, recipe

STILL = {"id": "sgd", "lr": 0.0, "momentum": 0.0, "weight_decay": 0.0}


def begun(
    design: Design, digits: Dataset, weights: Path, folder: Path, *, listener: Listener | None = None, **more: Any
) -> Listener:
    """A training that learns nothing, so that what it began with is what it ends with."""
    listener = listener or Listener()
    given = recipe(epochs=1, optimizer=STILL, ema=None)
    emit = Emitter(listener)
    train(design, digits, given, folder, source=Source("digits"), weights=weights, emit=emit, onnx=False, **more)
    return listener


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Weights of the design for five classes."""
    torch.manual_seed(7)
    path = tmp_path / "five.safetensors"
    write_weights(path, build(picture_design(), {"label": {"classes": 5}}))
    return path


def test_what_does_not_fit_is_refused_or_begins_fresh_on_wish(digits: Dataset, file: Path, tmp_path: Path) -> None:
    with pytest.raises(FileFault, match=r"head.weight is 5 × 8 in the weights, 10 × 8 in the design, and 1 more"):
        begun(picture_design(), digits, file, tmp_path / "strict")
    told = begun(picture_design(), digits, file, tmp_path / "loose", strict=False)
    lines = [event["message"] for event in told.of("log")]
    count = len(shapes_in(file))
    assert (
        f"begins with {count - 2} of {count} tensors of five.safetensors; fresh: head.weight (10 × 8, held as 5 × 8), "
        "head.bias (10, held as 5)"
    ) in lines
    have, want = load_file(tmp_path / "loose" / BEST), load_file(file)
    assert torch.equal(have["conv.weight"], want["conv.weight"])
    assert have["head.weight"].shape == (10, 8)


def test_weights_that_fit_are_taken_whole_and_the_data_come_in_the_same_order(digits: Dataset, tmp_path: Path) -> None:
    torch.manual_seed(7)
    path = tmp_path / "ten.safetensors"
    write_weights(path, build(picture_design()))
    told = begun(picture_design(), digits, path, tmp_path / "run")
    assert any("begins with all" in event["message"] for event in told.of("log"))
    have, want = load_file(tmp_path / "run" / BEST), load_file(path)
    assert all(torch.equal(have[name], want[name]) for name in want if "running" not in name and "num" not in name)


def test_a_run_that_goes_on_takes_its_checkpoint_not_what_it_began_with(digits: Dataset, tmp_path: Path) -> None:
    torch.manual_seed(7)
    path, folder = tmp_path / "ten.safetensors", tmp_path / "run"
    write_weights(path, build(picture_design()))
    more = {"source": Source("digits"), "weights": path, "onnx": False}
    given = recipe(epochs=2, checkpoint_steps=5)
    whole = train(picture_design(), digits, given, tmp_path / "whole", **more)
    killer = Listener(lambda event: event["type"] == "checkpoint" and event["step"] >= 30)
    with pytest.raises(Killed):
        train(picture_design(), digits, given, folder, emit=Emitter(killer), **more)
    again = train(picture_design(), digits, given, folder, resume=folder, **more)
    assert again.metrics["accuracy"] == whole.metrics["accuracy"]
    one, other = load_file(folder / BEST), load_file(tmp_path / "whole" / BEST)
    assert all(torch.equal(one[name], other[name]) for name in one)
    parents = json.loads((folder / "run.json").read_text())["lineage"]["parents"]
    assert parents == [{"weights": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}]


def test_every_way_of_not_fitting_is_in_words() -> None:
    net = {"a": (2, 3), "b": (4,)}
    assert fit(net, net).fault() is None
    assert fit(net, net).told("it") == "begins with all 2 tensors of it"
    assert "the weights lack b;" in (fit(net, {"a": (2, 3)}).fault() or "")
    assert fit(net, {"a": (2, 3)}).fault(strict=False) is None
    spare = fit(net, {**net, "c": ()})
    assert "the design has no c, which the weights hold;" in (spare.fault() or "")
    assert spare.told("it") == "begins with all 2 tensors of it; 1 of the file is left out"
    for nothing in ({}, {"c": (1,)}, {"a": (3, 2)}):
        assert "none of the weights fits" in (fit(net, nothing).fault(strict=False) or "")


def test_tied_weights_are_held_once_and_fit_under_both_names(tmp_path: Path) -> None:
    b = Builder("tied")
    x = b.input("x", "table", F=8)
    b.output("y", b.add("two", "linear", b.add("one", "linear", x, out_features=8), out_features=8))
    b.tie("two.weight", "one.weight")
    design = b.build()
    module = build(design)
    write_weights(tmp_path / "w.safetensors", module)
    assert shapes_in(tmp_path / "w.safetensors") == shapes_of(module)
    assert len(load_file(tmp_path / "w.safetensors")) == len(module.state_dict()) - 1
    fresh = build(design)
    assert begin(fresh, tmp_path / "w.safetensors").fault() is None
    assert torch.equal(fresh.get_parameter("two.weight"), module.get_parameter("one.weight"))


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "best.safetensors"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(FileFault, match="cannot be read"):
        shapes_in(path)
