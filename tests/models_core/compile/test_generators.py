"""Nodes of generators: unfolded like groups, told of like groups, equal to the same graph drawn by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind, build, identify
from models_core.compile.code import source
from models_core.design import Builder, Design, Generated, diff, generate, read
from models_core.design.space import space_of
from models_core.export.onnx import export
from models_core.registry import Range, register


def known(function: Callable[..., Generated]) -> None:
    """Make a function the generator `test_ladder`, as if it had been found with the others."""
    entries = registry._entries["generator"]
    entries.pop("test_ladder", None)
    generate._make.cache_clear()
    register("generator", id="test_ladder")(function)
    entries["test_ladder"] = registry._with_group(entries["test_ladder"])


@pytest.fixture(autouse=True)
def ladder() -> Iterator[None]:
    """A generator of so many linear layers, each added to what comes in."""
    registry.load("generator")

    def test_ladder(rungs: Annotated[int, Range(1)] = 2) -> Generated:
        """Linear layers whose results are all added."""
        b = Builder()
        rung = b.group("rung", width=6)
        rung.output("out", rung.add("fc", "linear", rung.input("x"), out_features="=width"))
        g = b.group("ladder", width=6)
        x = g.input("x")
        steps = [g.add_group(f"rung{at}", "rung", x, width="=width") for at in range(rungs)]
        g.output("out", g.add("add", "weighted_sum", *steps))
        return b.generated("ladder")

    known(test_ladder)
    yield
    del registry._entries["generator"]["test_ladder"]
    generate._make.cache_clear()


def design(**node: Any) -> Design:
    b = Builder("one")
    b.variable("rungs", 3, domain={"type": "int", "min": 1, "max": 5})
    b.variable("width", 6)
    x = b.input("row", "table", F=6)
    b.output("out", b.add_generator("tree", "test_ladder", x, **{"rungs": "=rungs", "width": "=width", **node}))
    return b.build()


def by_hand(count: int) -> Design:
    b = Builder("other")
    x = b.input("row", "table", F=6)
    b.output(
        "out", b.add("sum", "weighted_sum", *(b.add(f"l{at}", "linear", x, out_features=6) for at in range(count)))
    )
    return b.build()


def test_it_is_unfolded_with_its_parameters() -> None:
    bound = bind(design())
    assert [leaf.path for leaf in bound.leaves] == [*(f"tree.rung{at}.fc" for at in range(3)), "tree.add"]
    assert len(bind(design(), variables={"rungs": 5}).leaves) == 6


def test_it_equals_the_same_graph_drawn_by_hand() -> None:
    assert identify(bind(design())).hash == identify(bind(by_hand(3))).hash
    assert identify(bind(design())).hash != identify(bind(by_hand(2))).hash


def test_repeat_counts_inside_and_bypass_and_mute_work() -> None:
    bound = bind(design(repeat=2, rungs="=i + 1"))
    assert [leaf.path for leaf in bound.leaves if leaf.entry.id == "linear"] == [
        "tree.0.rung0.fc",
        "tree.1.rung0.fc",
        "tree.1.rung1.fc",
    ]
    assert not bind(design(repeat=2, bypass=True)).leaves
    assert bind(design(mute=True)).errors[0].code == "muted_output"


@pytest.mark.parametrize(
    ("params", "param", "said"),
    [
        ({"rungs": 0}, "rungs", "greater than or equal to 1"),
        ({"rungs": "=height"}, "rungs", "height"),
        ({"steps": 3}, "steps", "has no parameter steps; it has: rungs, width"),
        ({"rungs": 10**7}, None, "more than 5,000 nodes"),
    ],
)
def test_what_is_refused_names_node_and_parameter(params: dict[str, Any], param: str | None, said: str) -> None:
    (issue,) = bind(design(**params)).errors
    assert issue.path == "tree"
    assert issue.param == param
    assert said in issue.message


def test_a_fault_inside_names_the_node_inside_and_can_not_be_mended_there() -> None:
    issue = bind(design(width=-1)).errors[0]
    assert issue.path == "tree.rung0.fc"
    assert issue.param == "out_features"
    assert issue.fix is None


def test_an_unknown_generator_names_the_nearest() -> None:
    document = design().to_json()
    document["nodes"][0]["generator"] = "test_lader"
    (issue,) = bind(read(document)).errors
    assert "did you mean test_ladder" in issue.message


def test_what_is_inside_knows_no_variables_of_the_design() -> None:
    def outward() -> Generated:
        """One that looks outside."""
        b = Builder()
        g = b.group("ladder", width=6)
        g.output("out", g.add("fc", "linear", g.input("x"), out_features="=rungs"))
        return b.generated("ladder")

    known(outward)
    b = Builder("one")
    b.variable("rungs", 3)
    b.output("out", b.add_generator("tree", "test_ladder", b.input("row", "table", F=6)))
    assert "rungs" in bind(b.build()).errors[0].message


def test_code_has_a_class_for_it_and_computes_the_same(tmp_path: Path) -> None:
    one = design()
    text = source(bind(one))
    assert "class Ladder(nn.Module)" in text
    names: dict[str, Any] = {"__name__": "made"}
    exec(compile(text, "made.py", "exec"), names)  # the code under test
    torch.manual_seed(0)
    ours = build(one).eval()
    theirs = names["One"]().eval()
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 6)
    assert torch.equal(ours(x), theirs(x))


def test_report_space_and_difference() -> None:
    report = analyze(design()).to_json()["nodes"]
    assert report["tree"]["generator"] == "test_ladder"
    assert report["tree"]["resolved"] == {"rungs": 3, "width": 6}
    assert report["tree"]["group"].startswith("test_ladder/ladder/")
    assert space_of(design()).size == 5
    assert diff(design(), design(rungs=2))["nodes"]["changed"] == {"tree": {"params.rungs": ["=rungs", 2]}}


def test_it_is_exported(tmp_path: Path) -> None:
    assert export(build(design()).eval(), bind(design()), tmp_path / "one.onnx").max_error < 1e-5
