"""Binding: shapes, repeats, choices, and every fault at its node."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from models_core.compile import DesignError, bind, build, identify
from models_core.design import Design, read
from tests.models_core.sample import small_design


def edited(change: Any) -> Design:
    document = small_design().to_json()
    change(document)
    return read(document)


def node(document: dict[str, Any], id: str) -> dict[str, Any]:
    return next(node for node in document["nodes"] if node["id"] == id)


def test_paths_shapes_and_expressions() -> None:
    bound = bind(small_design(), {"image": {"channels": 3}, "label": {"classes": 7}}, {"width": 12})
    assert not bound.issues
    by_path = {leaf.path: leaf for leaf in bound.nodes}
    assert by_path["stem"].params["in_channels"] == 3
    assert by_path["stage.1.conv1"].params["out_channels"] == 12
    assert by_path["down.conv1"].figures.outputs[0].shape == (24, 8, 8)
    assert by_path["stage.0.short"].bypassed
    assert not by_path["down.short"].bypassed
    assert bound.outputs["logits"].spec.shape == (7,)


def test_the_module_has_the_paths_as_names_and_the_shapes_that_were_said() -> None:
    module = build(small_design())
    assert module(torch.randn(3, 1, 16, 16)).shape == (3, 10)
    keys = list(module.state_dict())
    assert keys[:4] == ["stem.weight", "stem.bias", "stage.0.conv1.weight", "stage.0.conv1.bias"]
    assert "down.short.weight" in keys
    assert "stage.0.short.weight" not in keys


def test_a_choice_follows_its_variable() -> None:
    kinds = {leaf.path: leaf.entry.id for leaf in bind(small_design(), variables={"act": "gelu"}).nodes}
    assert kinds["stage.0.act"] == "gelu"


def test_a_repeat_of_nothing_passes_through() -> None:
    bound = bind(small_design(), variables={"depth": 0})
    assert not bound.issues
    assert not any(leaf.path.startswith("stage") for leaf in bound.nodes)


def test_a_parameter_shared_by_a_tie_is_one() -> None:
    def tie(document: dict[str, Any]) -> None:
        document["ties"] = [{"param": "stage.1.conv1.weight", "to": "stage.0.conv1.weight"}]

    module = build(edited(tie))
    assert module.get_submodule("stage.1.conv1").weight is module.get_submodule("stage.0.conv1").weight


@pytest.mark.parametrize(
    ("tie", "word"),
    [
        ({"param": "nowhere.weight", "to": "stem.weight"}, "nowhere.weight"),
        ({"param": "head.weight", "to": "stem.weight"}, "shape"),
    ],
)
def test_a_tie_that_cannot_be_is_a_fault(tie: dict[str, str], word: str) -> None:
    bound = bind(edited(lambda document: document.update(ties=[tie])))
    assert [issue.code for issue in bound.errors] == ["bad_tie"]
    assert word in bound.errors[0].message
    with pytest.raises(DesignError):
        build(bound)


FAULTS: list[tuple[str, Any, str, str]] = [
    ("size_mismatch", lambda d: node(d, "head")["params"].update(in_features=5), "head", "expects in_features 5"),
    ("bad_param", lambda d: node(d, "stem")["params"].update(kernel_size=-1), "stem", "kernel_size"),
    ("bad_param", lambda d: node(d, "stem")["params"].update(colour=1), "stem", "no parameter colour"),
    ("bad_expression", lambda d: node(d, "stem")["params"].update(out_channels="=widht"), "stem", "widht"),
    ("unknown_block", lambda d: node(d, "pool").update(block="pool2"), "pool", "pool2"),
    ("unknown_group", lambda d: node(d, "down").update(group="unity"), "down", "unity"),
    ("bad_repeat", lambda d: node(d, "stage").update(repeat=100_000), "stage", "100000"),
    ("missing_input", lambda d: d["edges"].remove({"from": "stem.out", "to": "stage.x"}), "stage", "nothing connected"),
    ("dangling_edge", lambda d: d["edges"].append({"from": "ghost.out", "to": "head.x"}), "head", "ghost"),
    ("unknown_port", lambda d: d["edges"].append({"from": "stem.out", "to": "head.y"}), "head", "no input y"),
    ("too_many_wires", lambda d: d["edges"].append({"from": "pool.out", "to": "head.x"}), "head", "takes one wire"),
    ("unknown_port", lambda d: d["edges"][0].update({"from": "input.picture"}), "", "picture"),
    ("open_output", lambda d: d["edges"].pop(), "output.logits", "nothing connected"),
    ("duplicate", lambda d: d["nodes"].append(dict(node(d, "pool"))), "pool", "two nodes"),
    ("shape_mismatch", lambda d: d["groups"]["unit"]["nodes"][2]["params"].update(padding=0), "stage.0.add", "16"),
    ("bad_param", lambda d: node(d, "down")["params"].update(wdith=3), "down", "no parameter wdith"),
    ("bad_dim", lambda d: d["inputs"][0]["dims"].update(H=0), "input.image", "H is 0"),
    ("unknown_kind", lambda d: d["inputs"][0].update(kind="picture"), "input.image", "picture"),
]


@pytest.mark.parametrize(("code", "change", "path", "word"), FAULTS, ids=[f"{f[0]}-{f[2]}" for f in FAULTS])
def test_a_fault_is_found_at_its_node(code: str, change: Any, path: str, word: str) -> None:
    bound = bind(edited(change))
    found = [issue for issue in bound.issues if issue.code == code or word in issue.message]
    assert found, bound.issues
    assert any(word in issue.message and issue.path == (path or issue.path) for issue in found), found
    with pytest.raises(DesignError):
        build(bound)


@pytest.mark.parametrize("value", [{"a": 1}, {}, [], [{"a": [{}]}], [[1, [2]]], "", None, True, 1e300, "x" * 10_000])
def test_a_parameter_of_any_shape_is_told_and_not_stumbled_over(value: Any) -> None:
    bound = bind(edited(lambda document: node(document, "stem")["params"].update(out_channels=value)))
    assert [(issue.path, issue.param) for issue in bound.errors][:1] == [("stem", "out_channels")]
    assert len(bound.errors[0].message) < 200


@pytest.mark.parametrize("names", [["a", "b", "c", "d"], ["d", "c", "b", "a"], ["c", "a", "d", "b"]])
def test_variables_lean_on_others_wherever_these_stand(names: list[str]) -> None:
    values = {"a": "=b * 2", "b": "=c + d", "c": "=d - 1", "d": 4}
    bound = bind(
        edited(lambda document: document["variables"].update({name: {"value": values[name]} for name in names}))
    )
    assert list(bound.variables.items())[-4:] == [(name, {"a": 14, "b": 7, "c": 3, "d": 4}[name]) for name in names]


def test_nodes_beside_a_fault_keep_their_shapes() -> None:
    bound = bind(edited(lambda d: node(d, "down").update(group="unity")))
    shapes = {leaf.path: leaf.figures and leaf.figures.outputs[0].shape for leaf in bound.nodes}
    assert shapes["stage.1.add"] == (8, 16, 16)
    assert shapes["pool"] is None
    assert len(bound.errors) == 1


def test_several_faults_are_told_at_once() -> None:
    def change(document: dict[str, Any]) -> None:
        node(document, "stem")["params"]["kernel_size"] = 0

    def both(document: dict[str, Any]) -> None:
        change(document)
        node(document, "stage")["repeat"] = -1

    assert {issue.path for issue in bind(edited(both)).errors} == {"stem", "stage"}


def test_a_size_that_was_fixed_can_follow_again() -> None:
    bound = bind(edited(lambda d: node(d, "head")["params"].update(in_features=5)))
    fix = bound.errors[0].fix
    assert fix is not None
    assert fix.params == {"in_features": None}
    assert not bind(edited(lambda d: node(d, "head")["params"].update(fix.params))).errors


def test_a_branch_is_finished_before_the_next_is_begun() -> None:
    paths = [leaf.path for leaf in bind(small_design()).leaves if leaf.path.startswith("down.")]
    assert paths == ["down.conv1", "down.act", "down.conv2", "down.short", "down.add"]


def test_a_circle_is_named() -> None:
    def change(document: dict[str, Any]) -> None:
        document["edges"] = [edge for edge in document["edges"] if edge["to"] != "stage.x"]
        document["edges"].append({"from": "down.out", "to": "stage.x"})

    bound = bind(edited(change))
    assert [issue.code for issue in bound.errors] == ["cycle"]
    assert "down > stage" in bound.errors[0].message or "stage > down" in bound.errors[0].message


def test_a_node_nothing_depends_on_is_left_out_with_a_warning() -> None:
    def change(document: dict[str, Any]) -> None:
        document["nodes"].append({"id": "lonely", "block": "relu"})

    bound = bind(edited(change))
    assert [(issue.path, issue.severity) for issue in bound.issues] == [("lonely", "warning")]
    build(bound)


def test_groups_cannot_contain_themselves() -> None:
    def change(document: dict[str, Any]) -> None:
        document["groups"]["unit"]["nodes"].append({"id": "again", "group": "unit"})
        document["groups"]["unit"]["edges"].append({"from": "input.x", "to": "again.x"})

    assert "recursive_group" in {issue.code for issue in bind(edited(change)).issues}


def test_towers_of_repeats_are_refused_quickly() -> None:
    def change(document: dict[str, Any]) -> None:
        group = document["groups"]["unit"]
        for level in range(4):
            document["groups"][f"tower{level}"] = {
                "inputs": [{"name": "x"}],
                "outputs": [{"name": "out"}],
                "nodes": [{"id": "a", "group": f"tower{level - 1}" if level else "unit", "repeat": 1000}],
                "edges": [{"from": "input.x", "to": "a.x"}, {"from": "a.out", "to": "output.out"}],
            }
        assert group
        node(document, "stage").update(group="tower3", repeat=1000, params={})

    assert "too_large" in {issue.code for issue in bind(edited(change)).issues}


def test_names_positions_and_labels_are_no_meaning() -> None:
    def rename(document: dict[str, Any]) -> None:
        node(document, "stem").update(id="first", position={"x": 1, "y": 2}, label="hello")
        document.update(name="other", description="other")
        for edge in document["edges"]:
            edge["from"] = edge["from"].replace("stem.", "first.")
            edge["to"] = edge["to"].replace("stem.", "first.")
        document["nodes"].reverse()

    before, after = identify(bind(small_design())), identify(bind(edited(rename)))
    assert before.hash == after.hash
    assert before.numbers["stem"] == after.numbers["first"]
    assert identify(bind(small_design(), variables={"width": 12})).hash != before.hash
    assert identify(bind(edited(lambda d: node(d, "head")["params"].update(bias=False)))).hash != before.hash


def test_an_expression_and_its_value_mean_the_same() -> None:
    written = edited(lambda d: node(d, "stem")["params"].update(out_channels=8))
    assert identify(bind(written)).hash == identify(bind(small_design())).hash
