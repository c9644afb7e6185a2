"""Repeats that remember: in each repetition one port carries all that came before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from models_core.analysis import analyze
from models_core.compile import bind, build, identify
from models_core.compile.code import source
from models_core.design import Builder, Design, diff
from models_core.export.onnx import export


def dense(depth: int | str = 3, *, history: str | None = "past", joined: bool = True, nested: bool = False) -> Design:
    """A chain of linear layers, each followed by a sum of all values so far; `joined` sums them all at the end."""
    b = Builder("dense")
    b.variable("depth", 3)
    x = b.input("row", "table", F=6)
    if nested:
        mix = b.group("mix")
        mix.output("out", mix.add("sum", "weighted_sum", mix.input("xs"), mix.input("last")))
    unit = b.group("unit")
    h, past = unit.input("x"), unit.input("past")
    y = unit.add("fc", "linear", h, out_features=6)
    unit.output("out", unit.add_group("mix", "mix", past, y) if nested else unit.add("mix", "weighted_sum", past, y))
    unit.output("past", y)
    out = b.add_group("units", "unit", x, repeat=depth, history=history)
    b.output("out", b.add("join", "weighted_sum", out["past"], out) if joined else out)
    return b.build()


def randomised(design: Design) -> Any:
    torch.manual_seed(0)
    module = build(design).eval()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    return module


@pytest.mark.parametrize("nested", [False, True])
def test_each_repetition_sees_the_chains_input_and_every_earlier_output(nested: bool) -> None:
    module = randomised(dense(nested=nested))
    x = torch.randn(4, 6)
    past, at = [x], x
    with torch.no_grad():
        for unit in module.units.children():
            y = unit.fc(at)
            weight = (unit.mix.sum if nested else unit.mix).weight
            assert len(weight) == len(past) + 1
            at = sum((w * value for w, value in zip(weight, [*past, y], strict=True)), torch.zeros(()))
            past.append(y)
        expected = sum((w * value for w, value in zip(module.join.weight, [*past, at], strict=True)), torch.zeros(()))
        assert torch.allclose(module(x), expected, rtol=1e-4, atol=1e-4)


def test_without_an_output_of_its_name_the_chain_itself_is_remembered() -> None:
    b = Builder("chain")
    x = b.input("row", "table", F=4)
    unit = b.group("unit")
    unit.input("x")
    unit.output("out", unit.add("mix", "weighted_sum", unit.input("past")))
    b.output("out", b.add_group("units", "unit", x, repeat=3, history="past"))
    bound = bind(b.build())
    assert not bound.errors
    assert [leaf.figures.params for leaf in bound.leaves if leaf.figures] == [1, 2, 3]


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("depth", [0, 1, 2, 4])
def test_code_has_the_same_parameters_and_the_same_outputs(depth: int, joined: bool, nested: bool) -> None:
    design = dense(depth, joined=joined, nested=nested)
    bound = bind(design)
    assert not bound.errors
    module = randomised(design)
    names: dict[str, Any] = {"__name__": "made"}
    exec(compile(source(bound), "made", "exec"), names)
    made = names["Dense"]().eval()
    assert list(made.state_dict()) == list(module.state_dict())
    made.load_state_dict(module.state_dict())
    x = torch.randn(5, 6)
    with torch.no_grad():
        assert torch.equal(made(x), module(x))


def test_exports_with_equal_outputs(tmp_path: Path) -> None:
    module = randomised(dense())
    assert export(module, bind(dense()), tmp_path / "dense.onnx").max_error < 1e-5


def test_is_part_of_the_meaning_and_of_the_difference() -> None:
    with_past, without = dense(joined=False), dense(joined=False, history=None)
    assert diff(without, with_past)["nodes"]["changed"] == {"units": {"history": [None, "past"]}}
    faults = [issue.code for issue in bind(without).errors]
    assert "missing_input" in faults
    assert identify(bind(dense(2))).hash != identify(bind(dense(3))).hash
    # An output of the history's name gives all values only where there is a history.
    assert identify(bind(dense("=depth"))).hash == identify(bind(dense(3))).hash


def test_counts_what_is_learned_at_every_depth() -> None:
    depth = 5
    learned = analyze(dense(depth, joined=False)).total["params"] - depth * (6 * 6 + 6)
    assert learned == depth * (depth + 3) // 2


@pytest.mark.parametrize(
    ("history", "words"), [("x", "carries the chain itself"), ("nowhere", "there is no input nowhere")]
)
def test_says_what_cannot_carry_a_history(history: str, words: str) -> None:
    errors = bind(dense(history=history)).errors
    assert any(issue.code == "bad_history" and words in issue.message for issue in errors)


def test_a_port_of_a_history_is_not_wired_as_well() -> None:
    document = dense().to_json()
    document["edges"].append({"from": "input.row", "to": "units.past"})
    assert any("is wired as well" in issue.message for issue in bind(Design.model_validate(document)).errors)


def test_several_values_do_not_go_where_one_is_wanted() -> None:
    document = dense().to_json()
    document["edges"] = [edge for edge in document["edges"] if edge["to"] != "output.out"]
    document["edges"].append({"from": "units.past", "to": "output.out"})
    errors = bind(Design.model_validate(document)).errors
    assert [issue.code for issue in errors] == ["too_many_wires"]
