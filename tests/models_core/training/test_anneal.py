"""A variable of the design that moves while it trains: when, where to, and what cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from models_core import registry
from models_core.compile import bind, build
from models_core.data import Dataset
from models_core.design import Builder, Design
from models_core.model import LAST
from models_core.training.faults import TrainingFault
from models_core.training.recipe import RecipeError
from models_core.training.setup import plan

from .runs import Killed, Listener, recipe, rows, run


def sloped_design() -> Design:
    """Two linear layers; the slope between them, their width and whether there is a norm are variables."""
    b = Builder("sloped", task="image_classification", doc="For tests.")
    b.facts(image={"channels": 1}, label={"classes": 10})
    b.variable("slope", 1.0)
    b.variable("width", 16)
    b.variable("normed", 0.0)
    x = b.add("flat", "flatten", b.input("image", "image", C="=facts.image.channels", H=8, W=8))
    x = b.add("fc", "linear", x, out_features="=width")
    x = b.add("norm", "batch_norm", x, bypass="=normed == 0")
    x = b.add("act", "leaky_relu", x, negative_slope="=slope")
    b.output("logits", b.add("head", "linear", x, out_features="=facts.label.classes"))
    return b.build()


def anneal(**params: Any) -> dict[str, Any]:
    return {"callbacks": [{"id": "anneal", **params}]}


def test_it_moves_evenly_and_is_judged_where_it_ends() -> None:
    bound = bind(sloped_design())
    module = build(bound)
    act = module.get_submodule("act")
    callback = registry.get("callback", "anneal").obj("slope", start=0.2, until=0.5)
    callback.begin(module, bound)
    seen = []
    for step in range(20):
        callback.before_step(step, 20)
        seen.append(act.negative_slope)
    assert seen[:10] == pytest.approx([0.2 + 0.08 * step for step in range(10)])
    assert seen[10:] == [1.0] * 10
    callback.before_step(0, 20)
    assert act.negative_slope == 0.2
    callback.before_evaluation()
    assert act.negative_slope == 1.0


def test_a_training_goes_by_it_and_its_result_by_the_design(digits: Dataset, tmp_path: Path) -> None:
    """A slope of 1 all the way makes one linear layer of it; the annealed one learns otherwise, ends as linear."""
    plain = run(sloped_design(), digits, recipe(), tmp_path / "plain")
    moved = run(sloped_design(), digits, recipe(**anneal(variable="slope")), tmp_path / "moved")
    assert plain.state == moved.state == "done"
    weights = load_file(tmp_path / "moved" / LAST)
    assert not torch.equal(weights["fc.weight"], load_file(tmp_path / "plain" / LAST)["fc.weight"])
    # What was judged is the design with those weights: one matrix, whatever happened on the way.
    matrix = weights["head.weight"] @ weights["fc.weight"]
    bias = weights["head.weight"] @ weights["fc.bias"] + weights["head.bias"]
    module = build(sloped_design()).eval()
    module.load_state_dict(weights)
    x = torch.rand(5, 1, 8, 8)
    torch.testing.assert_close(module(x), x.flatten(1) @ matrix.T + bias)


def test_killed_and_resumed_equals_uninterrupted(digits: Dataset, tmp_path: Path) -> None:
    given = recipe(**anneal(variable="slope", until=0.9), checkpoint_steps=5)
    run(sloped_design(), digits, given, tmp_path / "whole")
    listener = Listener(until=lambda event: event["type"] == "checkpoint" and event["step"] >= 15)
    with pytest.raises(Killed):
        run(sloped_design(), digits, given, tmp_path / "cut", listener=listener)
    run(sloped_design(), digits, given, tmp_path / "cut", resume=tmp_path / "cut")
    mine, theirs = (load_file(tmp_path / name / LAST) for name in ("cut", "whole"))
    assert all(torch.equal(mine[name], theirs[name]) for name in theirs)
    assert rows(tmp_path / "cut")[-1]["values"]["test/loss"] == rows(tmp_path / "whole")[-1]["values"]["test/loss"]


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"variable": "slop"}, "has no variable 'slop'; it has slope, width"),
        ({"variable": "width", "start": 8}, "width cannot begin at 8: out_features"),
        ({"variable": "normed", "start": 1}, "other nodes are there"),
        ({"variable": "slope", "start": 1}, "nothing in sloped changes with slope"),
    ],
)
def test_what_cannot_move_is_told_before_anything_is_made(params: Any, fault: str, digits: Dataset) -> None:
    with pytest.raises(RecipeError, match=fault):
        plan(sloped_design(), digits, recipe(**anneal(**params)))


def test_what_a_block_does_not_read_as_it_runs_is_told(digits: Dataset, tmp_path: Path) -> None:
    b = Builder("gone", task="image_classification", doc="For tests.")
    b.facts(image={"channels": 1}, label={"classes": 10})
    b.variable("spread", 0.5)
    x = b.add("flat", "flatten", b.input("image", "image", C="=facts.image.channels", H=8, W=8))
    x = b.add("scale", "layer_scale", x, init="=spread")
    b.output("logits", b.add("head", "linear", x, out_features="=facts.label.classes"))
    with pytest.raises(TrainingFault, match="scale keeps no init to read"):
        run(b.build(), digits, recipe(**anneal(variable="spread", start=0.1)), tmp_path)
