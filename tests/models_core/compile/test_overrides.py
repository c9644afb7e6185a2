"""Overrides: single instances that differ from their definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from models_core.analysis import analyze
from models_core.compile import bind, build, identify
from models_core.compile.code import source
from models_core.design import Builder, Design, DesignError, diff, read
from models_core.design.space import space_of
from models_core.export.onnx import export


def chain(*overrides: dict[str, Any], depth: int = 3) -> Design:
    """Two chains of a group of two linear layers and an activation, inside another group."""
    b = Builder("chain")
    b.variable("depth", depth)
    b.variable("hidden", 8, domain={"type": "int", "min": 4, "max": 8})
    unit = b.group("unit", width=8)
    y = unit.add("up", "linear", unit.input("x"), out_features="=width")
    unit.output("out", unit.add("down", "linear", unit.add("act", "relu", y), out_features=6))
    stage = b.group("stage")
    stage.output("out", stage.add_group("units", "unit", stage.input("x"), repeat="=depth"))
    x = b.add_group("one", "stage", b.input("row", "table", F=6))
    b.output("out", b.add_group("two", "stage", x))
    for override in overrides:
        b.override(**override)
    return b.build()


def by_hand(widths: list[int], acts: dict[int, str] | None = None) -> Design:
    b = Builder("hand")
    x = b.input("row", "table", F=6)
    for at, width in enumerate(widths):
        x = b.add(f"up{at}", "linear", x, out_features=width)
        act = (acts or {}).get(at, "relu")
        x = b.add(f"act{at}", act, x) if act else x
        x = b.add(f"down{at}", "linear", x, out_features=6)
    b.output("out", x)
    return b.build()


@pytest.mark.parametrize(
    ("override", "widths", "acts"),
    [
        ({"at": "one.units.1", "params": {"width": 5}}, [8, 5, 8, 8, 8, 8], {}),
        ({"at": "two.units", "params": {"width": 5}}, [8, 8, 8, 5, 5, 5], {}),
        ({"at": "*.units.0.up", "params": {"out_features": "=width - 1"}}, [7, 8, 8, 7, 8, 8], {}),
        ({"at": "one.units.*.act", "block": "gelu"}, [8] * 6, {0: "gelu", 1: "gelu", 2: "gelu"}),
        ({"at": "one.units.2.act", "bypass": True}, [8] * 6, {2: ""}),
        ({"at": "two.units.1", "bypass": True}, [8] * 5, {}),
        ({"at": "two", "bypass": "=depth > 2"}, [8] * 3, {}),
    ],
    ids=lambda value: value["at"] if isinstance(value, dict) and "at" in value else "",
)
def test_it_equals_the_network_drawn_out(override: dict[str, Any], widths: list[int], acts: dict[int, str]) -> None:
    bound = bind(chain(override))
    assert not bound.issues
    assert identify(bound).hash == identify(bind(by_hand(widths, acts))).hash


def test_a_group_in_the_place_of_another_takes_what_is_given_here_alone() -> None:
    document = chain().to_json()
    document["groups"]["wide"] = {**document["groups"]["unit"], "params": {"width": {"default": 12}}}
    document["overrides"] = [{"at": "one.units.1", "group": "wide"}]
    assert identify(bind(read(document))).hash == identify(bind(by_hand([8, 12, 8, 8, 8, 8]))).hash


def test_of_two_the_later_holds() -> None:
    overrides = [{"at": "*.units.0", "params": {"width": 5}}, {"at": "one.units.0", "params": {"width": 4}}]
    found = [leaf.params["out_features"] for leaf in bind(chain(*overrides)).leaves if leaf.path.endswith("0.up")]
    assert found == [4, 5]


def test_a_node_is_muted_but_not_one_of_its_repetitions() -> None:
    assert bind(chain({"at": "two.units", "mute": True})).errors[0].code == "muted_output"
    issue = bind(chain({"at": "two.units.1", "mute": True})).errors[0]
    assert "cannot be muted" in issue.message
    assert issue.path == "two.units.1"


def test_a_path_that_meets_nothing_names_the_nearest_and_one_that_meets_nothing_yet_warns() -> None:
    (issue,) = bind(chain({"at": "one.unit.1.up", "bypass": True})).errors
    assert issue.code == "bad_override"
    assert "one.unit.1.up" in issue.message
    assert "one.units.1.up" in issue.remedy
    bound = bind(chain({"at": "one.units.5.up", "bypass": True}))
    assert not bound.errors
    assert [issue.code for issue in bound.issues] == ["idle_override"]


def test_a_fault_names_the_override() -> None:
    issue = bind(chain({"at": "one.units.*.up", "params": {"out_features": -1}})).errors[0]
    assert issue.path == "one.units.0.up"
    assert "as the override at one.units.*.up has it" in issue.message
    other = bind(chain({"at": "one.units.0.act", "block": "swishy"})).errors[0]
    assert "one.units.0.act" in other.message


@pytest.mark.parametrize(
    "override",
    [{"at": "one"}, {"at": "one..two", "bypass": True}, {"at": "one", "block": "relu", "group": "unit"}],
    ids=["nothing", "path", "two"],
)
def test_form(override: dict[str, Any]) -> None:
    with pytest.raises(DesignError):
        read({**chain().to_json(), "overrides": [override]})


def test_code_has_a_class_for_what_differs_and_computes_the_same(tmp_path: Path) -> None:
    design = chain({"at": "one.units.1", "params": {"width": 5}}, {"at": "one.units.0.act", "bypass": True})
    text = source(bind(design))
    classes = [line for line in text.splitlines() if line.startswith("class ")]
    assert "class Unit(nn.Module):" in classes
    assert "class UnitWithoutAct(nn.Module):" in classes
    names: dict[str, Any] = {"__name__": "made"}
    exec(compile(text, "made.py", "exec"), names)
    ours, theirs = build(design).eval(), names["Chain"]().eval()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 6)
    assert torch.equal(ours(x), theirs(x))
    assert export(ours, bind(design), tmp_path / "chain.onnx").max_error < 1e-5


def test_cost_space_and_difference() -> None:
    more = chain({"at": "one.units.0", "params": {"width": "=hidden"}})
    assert space_of(more).size == 5
    assert analyze(more).total["params"] == analyze(chain()).total["params"]
    assert diff(chain(), more)["overrides"] == {"one.units.0": [None, {"params": {"width": "=hidden"}}]}
    assert diff(more, more).get("overrides") is None
    assert read(more.to_json()) == more
