"""Ties: parameters, whole nodes and patterns of them that are one."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from models_core.analysis import analyze
from models_core.compile import bind, build, identify
from models_core.compile.code import source
from models_core.design import Builder, Design

WIDTH, DEPTH = 6, 4
UNIT, NORM = 2 * (WIDTH * WIDTH + WIDTH), 2 * WIDTH


def stack(*ties: tuple[str, str], depth: int = DEPTH) -> Design:
    """Units of a norm and a body of two linear layers, one after the other."""
    b = Builder("stack")
    x = b.input("row", "table", F=WIDTH)
    body = b.group("body")
    h = body.add("up", "linear", body.input("x"), out_features=WIDTH)
    body.output("out", body.add("down", "linear", body.add("act", "relu", h), out_features=WIDTH))
    unit = b.group("unit")
    unit.output("out", unit.add_group("body", "body", unit.add("norm", "layer_norm", unit.input("x"))))
    b.output("out", b.add_group("units", "unit", x, repeat=depth))
    for param, to in ties:
        b.tie(param, to)
    return b.build()


def test_a_pattern_ties_whole_nodes_and_counts_them_once() -> None:
    plain, tied = stack(), stack(("units.*.body", "units.0.body"))
    assert analyze(plain).total["params"] == DEPTH * (UNIT + NORM)
    report = analyze(tied)
    assert report.total["params"] == UNIT + DEPTH * NORM == sum(p.numel() for p in build(tied).parameters())
    assert report.total["weight_bytes"] == 4 * report.total["params"]
    assert report.nodes["units.0.body"]["params"] == UNIT
    assert report.nodes["units.3.body"]["params"] == 0


def test_a_pattern_means_what_its_ties_one_by_one_mean() -> None:
    names = [f"{layer}.{kind}" for layer in ("up", "down") for kind in ("weight", "bias")]
    single = [(f"units.{i}.body.{name}", f"units.0.body.{name}") for i in range(1, DEPTH) for name in names]
    assert identify(bind(stack(*single))).hash == identify(bind(stack(("units.*.body", "units.0.body")))).hash
    assert identify(bind(stack(*single[1:]))).hash != identify(bind(stack(*single))).hash


def test_stars_on_the_right_stand_for_what_they_stood_for_on_the_left() -> None:
    bound = bind(stack(("units.*.body.down", "units.*.body.up")))
    assert not bound.errors
    assert sorted((tie.param, tie.to) for tie in bound.ties) == sorted(
        (f"units.{i}.body.down.{kind}", f"units.{i}.body.up.{kind}")
        for i in range(DEPTH)
        for kind in ("weight", "bias")
    )


def test_a_tie_to_what_is_tied_itself_goes_to_its_end() -> None:
    design = stack(
        ("units.1.body.up.weight", "units.2.body.up.weight"), ("units.2.body.up.weight", "units.0.body.up.weight")
    )
    module = build(design)
    assert module.units.get_submodule("1.body.up").weight is module.units.get_submodule("0.body.up").weight
    assert analyze(design).total["params"] == sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("depth", [1, DEPTH])
def test_code_ties_the_same_and_gives_the_same(depth: int) -> None:
    design = stack(("units.*.body", "units.0.body"), depth=depth)
    torch.manual_seed(0)
    module = build(design).eval()
    names: dict[str, Any] = {"__name__": "made"}
    exec(compile(source(bind(design)), "made", "exec"), names)
    made = names["Stack"]().eval()
    assert list(made.state_dict()) == list(module.state_dict())
    assert len(list(made.parameters())) == len(list(module.parameters()))
    made.load_state_dict(module.state_dict())
    x = torch.randn(3, WIDTH)
    assert torch.equal(made(x), module(x))


@pytest.mark.parametrize(
    ("tie", "words"),
    [
        (("units.*.nothing", "units.0.nothing"), "there is no parameter units.*.nothing"),
        (("units.*.body", "units.9.body"), "there is no parameter units.9.body"),
        (("units.0.norm.weight", "units.0.body.up.weight"), "differ in shape"),
    ],
)
def test_a_tie_that_cannot_be_is_said(tie: tuple[str, str], words: str) -> None:
    errors = bind(stack(tie)).errors
    assert [issue.code for issue in errors] == ["bad_tie"]
    assert words in errors[0].message


def test_parameters_tied_in_a_circle_are_refused() -> None:
    up, down = "units.0.body.up.weight", "units.0.body.down.weight"
    assert any("tied to itself" in issue.message for issue in bind(stack((up, down), (down, up))).errors)
