"""Looking at nodes while training: the figures, checked by hand, and that looking changes nothing."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from models_core.compile import bind, build
from models_core.data import Dataset
from models_core.design import Builder
from models_core.training.update import Update
from models_core.training.watch import Watch, dead_share

from .runs import Listener, picture_design, recipe, run


def test_figures_are_those_of_the_step() -> None:
    b = Builder("two")
    x = b.input("row", "table", F=3)
    x = b.add("dense", "linear", x, out_features=4)
    b.output("out", b.add("act", "relu", x))
    bound = bind(b.build())
    module = build(bound)
    with torch.no_grad():
        module.get_submodule("dense").bias[:] = torch.tensor([-100.0, -100.0, 100.0, -100.0])
    update = Update(
        module,
        recipe(optimizer={"id": "sgd", "lr": 0.5, "momentum": 0, "weight_decay": 0}, clip=0.1),
        torch.device("cpu"),
    )
    update.set_lr(0.5)
    watch = Watch(module, bound, 1000.0)
    assert watch.due()
    dense = module.get_submodule("dense")
    before = [param.detach().clone() for param in dense.parameters()]
    data = torch.randn(8, 3)
    (wanted,) = torch.autograd.grad(module(data).sum(), [dense.weight])
    with watch.looking(update):
        update.step(module(data).sum())
    seen = watch.read()
    # Unit 2 alone lives: its row of gradients is the sum over samples, its bias's is their number.
    assert seen["act"] == {"dead": 0.75}
    gradient = math.hypot(float(wanted.norm()), 8.0)
    assert seen["dense"]["gradient"] == pytest.approx(gradient, rel=1e-3)
    change = math.sqrt(
        sum(float((now.detach() - was).square().sum()) for now, was in zip(dense.parameters(), before, strict=True))
    )
    # Clipped to 0.1, the step is 0.05 long.
    assert change == pytest.approx(0.05, rel=1e-3)
    weight = math.sqrt(sum(float(param.detach().square().sum()) for param in dense.parameters()))
    assert seen["dense"]["weight"] == pytest.approx(weight, rel=1e-3)
    assert seen["dense"]["update"] == pytest.approx(change / weight, rel=1e-3)
    assert not watch.due()
    assert update.watch is None


def test_what_is_not_finite_is_named() -> None:
    b = Builder("one")
    b.output("out", b.add("dense", "linear", b.input("row", "table", F=3), out_features=4))
    bound = bind(b.build())
    module = build(bound)
    update = Update(module, recipe(), torch.device("cpu"))
    watch = Watch(module, bound, 1.0)
    with watch.looking(update):
        update.step(module(torch.full((2, 3), math.nan)).sum())
    seen = watch.read()["dense"]
    assert seen == {"gradient": None, "weight": None, "update": None, "nonfinite": ["gradient", "weight", "update"]}


def test_a_unit_is_dead_only_where_all_of_it_is_zero() -> None:
    x = torch.zeros(4, 5, 3, 3)
    x[:, 1] = 2.0
    # Cancels out, and lives.
    x[0, 2, 0, 0], x[3, 2, 0, 0] = 1.0, -1.0
    assert float(dead_share(x, 1)) == pytest.approx(3 / 5)
    assert float(dead_share(torch.ones(2, 7, 4), 2)) == 0.0
    assert float(dead_share(torch.zeros(2, 4), 1)) == 1.0


def test_a_run_tells_now_and_then_and_learns_the_same(digits: Dataset, tmp_path: Path) -> None:
    watched, plain = Listener(), Listener()
    run(picture_design(), digits, recipe(watch_seconds=1e-6), tmp_path / "a", listener=watched)
    run(picture_design(), digits, recipe(watch_seconds=None), tmp_path / "b", listener=plain)
    assert not plain.of("nodes")
    told = watched.of("nodes")
    assert told[0]["step"] == 1
    assert set(told[0]["nodes"]) == {"conv", "norm", "act", "depthwise", "head"}
    assert (tmp_path / "a/last.safetensors").read_bytes() == (tmp_path / "b/last.safetensors").read_bytes()
