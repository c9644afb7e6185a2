"""The size of search spaces, against counting by hand and against trying every setting."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from models_core.analysis import analyze
from models_core.design import Builder, Design, read
from models_core.design.space import space_of
from tests.models_core.sample import small_design


def _design(variables: dict[str, Any], nodes: list[dict[str, Any]], groups: dict[str, Any] | None = None) -> Design:
    document = {"format": "blockyard.design", "version": 1, "variables": variables, "nodes": nodes}
    return read({**document, "groups": groups or {}})


def _linear(id: str, size: str) -> dict[str, Any]:
    return {"id": id, "block": "linear", "params": {"out_features": size}}


WIDTH = {"value": 8, "domain": {"type": "int", "min": 8, "max": 64, "step": 8}}
ACT = {"value": "relu", "domain": {"type": "choice", "values": ["relu", "gelu", "silu"]}}


def test_a_design_without_domains_is_one_design() -> None:
    b = Builder("fixed")
    b.variable("width", 8)
    space = space_of(b.build())
    assert (space.size, space.exact, space.dimensions) == (1, True, ())


def test_the_product_of_what_is_used() -> None:
    space = space_of(small_design())
    # width: 4, 8, ... 64; depth: 0 to 8; the activation picks the alternative of a choice.
    assert space.size == 16 * 9 * 2
    assert space.exact
    assert {one.name: one.conditional for one in space.dimensions} == {"width": False, "depth": False, "act": False}


def test_what_nothing_uses_does_not_count() -> None:
    space = space_of(_design({"width": WIDTH, "lost": ACT}, [_linear("fc", "=width")]))
    assert space.size == 8
    assert [(one.name, one.used) for one in space.dimensions] == [("width", True), ("lost", False)]


def test_a_continuous_variable_is_told_and_not_counted() -> None:
    rate = {"value": 0.1, "domain": {"type": "float", "min": 0, "max": 0.5}}
    node = {"id": "drop", "block": "dropout", "params": {"p": "=rate"}}
    space = space_of(_design({"rate": rate, "width": WIDTH}, [node, _linear("fc", "=width")]))
    assert space.size == 8
    assert [one.to_json()["count"] for one in space.dimensions] == [None, 8]


def test_a_variable_inside_an_alternative_counts_where_that_is_picked() -> None:
    node = {
        "id": "mix",
        "choice": {
            "wide": {"block": "linear", "params": {"out_features": "=width"}},
            "act": {"block": "relu"},
            "same": {"block": "identity"},
        },
    }
    space = space_of(_design({"width": WIDTH}, [node]))
    assert space.size == 8 + 1 + 1
    assert {one.name: one.conditional for one in space.dimensions} == {"width": True, "mix": False}


def test_a_variable_used_elsewhere_too_always_counts() -> None:
    node = {"id": "mix", "choice": {"a": _part("=width"), "b": {"block": "relu"}}}
    assert space_of(_design({"width": WIDTH}, [node, _linear("fc", "=width*2")])).size == 2 * 8


def _part(size: str) -> dict[str, Any]:
    return {"block": "linear", "params": {"out_features": size}}


def test_choices_in_groups_in_alternatives() -> None:
    inner = {"id": "act", "choice": {"relu": {"block": "relu"}, "gelu": {"block": "gelu"}}}
    groups = {"cell": {"params": {"size": {"default": 1}}, "nodes": [inner, _linear("fc", "=size")]}}
    node = {
        "id": "mix",
        "pick": "=act",
        "choice": {
            "relu": {"group": "cell", "params": {"size": "=width"}},
            "gelu": {"group": "cell", "params": {"size": 4}},
            "silu": {"block": "silu"},
        },
    }
    space = space_of(_design({"width": WIDTH, "act": ACT}, [node], groups))
    assert space.size == 8 * 2 + 2 + 1
    assert [one.at and one.at.group for one in space.dimensions] == [None, None, "cell"]


def test_when_says_where_a_variable_matters() -> None:
    ratio = {"value": 2, "domain": {"type": "choice", "values": [2, 4]}, "when": "=act == 'gelu'"}
    nodes = [_linear("fc", "=width * ratio"), {"id": "a", "pick": "=act", "choice": {n: {"block": n} for n in ACTS}}]
    assert space_of(_design({"width": WIDTH, "act": ACT, "ratio": ratio}, nodes)).size == 8 * (1 + 2 + 1)


ACTS = ("relu", "gelu", "silu")


def test_independent_choices_multiply_without_being_tried_one_by_one() -> None:
    nodes = [{"id": f"c{at}", "choice": {name: {"block": name} for name in ACTS}} for at in range(200)]
    space = space_of(_design({}, nodes))
    assert space.size == 3**200
    assert space.exact
    assert space.to_json()["size"] == "2.656e+95"


def test_a_pick_that_depends_on_the_repetition_is_bounded_from_above() -> None:
    node = {"id": "c", "repeat": 4, "pick": "=['a','b'][i % 2]", "choice": {"a": _part("=width"), "b": _part("3")}}
    space = space_of(_design({"width": WIDTH}, [node]))
    assert (space.size, space.exact) == (8, False)


def test_variables_that_lean_on_each_other_in_a_circle_do_no_harm() -> None:
    variables = {"a": {"value": "=b"}, "b": {"value": "=a"}, "width": WIDTH}
    node = {"id": "c", "pick": "=a", "choice": {"x": _part("=width"), "y": {"block": "relu"}}}
    assert space_of(_design(variables, [node, _linear("fc", "=a + width")])).size == 8


def test_variables_that_fan_out_are_each_looked_at_once() -> None:
    # Along all ways there are more than 2 ** 60 visits.
    variables = {f"v{at}": {"value": f"=v{at + 1} + v{at + 2} - v{at + 2}"} for at in range(90)}
    ends = {"v90": WIDTH, "v91": {"value": 1}}
    node = {"id": "c", "pick": "='x' if v0 > 8 else 'y'", "choice": {"x": _part("=v1"), "y": {"block": "relu"}}}
    assert space_of(_design({**variables, **ends}, [node])).size == 8


def test_groups_that_contain_themselves_do_no_harm() -> None:
    groups = {"one": {"nodes": [{"id": "a", "group": "two"}]}, "two": {"nodes": [{"id": "a", "group": "one"}]}}
    space = space_of(_design({"width": WIDTH}, [{"id": "n", "group": "one"}, _linear("fc", "=width")], groups))
    assert (space.size, space.exact) == (8, False)


@pytest.mark.parametrize("seed", range(20))
def test_the_size_is_the_number_of_different_settings(seed: int) -> None:
    """Against every setting tried: two are the same where the picked parts of the design use the same values."""
    variables, nodes = _random(seed)
    design = _design(variables, nodes)
    own = [node["id"] for node in nodes if "choice" in node and "pick" not in node]
    domains = [one["domain"]["values"] for one in variables.values()]
    seen = set()
    for values in itertools.product(*domains):
        setting = dict(zip(variables, values, strict=True))
        for picks in itertools.product(*(list(node["choice"]) for node in nodes if node["id"] in own)):
            seen.add(_effect(nodes, setting, dict(zip(own, picks, strict=True))))
    found = space_of(design)
    assert (found.size, found.exact) == (len(seen), True)


def _random(seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    import random

    rng = random.Random(seed)
    names = ["a", "b", "c", "d"][: rng.randint(1, 4)]
    variables = {
        name: {"value": 1, "domain": {"type": "choice", "values": list(range(1, rng.randint(2, 5)))}} for name in names
    }
    nodes: list[dict[str, Any]] = []
    for at in range(rng.randint(1, 5)):
        if rng.random() < 0.4:
            nodes.append(_linear(f"n{at}", f"={rng.choice(names)}"))
            continue
        parts = {f"p{k}": _part(f"={rng.choice(names)}" if rng.random() < 0.6 else "7") for k in range(3)}
        node: dict[str, Any] = {"id": f"n{at}", "choice": parts}
        if rng.random() < 0.5:
            node["pick"] = f"=['p0', 'p1', 'p2'][{rng.choice(names)} % 3]"
        nodes.append(node)
    return variables, nodes


def _effect(nodes: list[dict[str, Any]], setting: dict[str, Any], picks: dict[str, str]) -> tuple[Any, ...]:
    """The values that matter under a setting."""
    used: dict[str, Any] = {}
    for node in nodes:
        part = node
        if "choice" in node:
            if "pick" in node:
                name = node["pick"].split("[")[2].split(" ")[0]
                used[name] = setting[name]
                part = node["choice"][f"p{setting[name] % 3}"]
            else:
                used[f"/{node['id']}"] = picks[node["id"]]
                part = node["choice"][picks[node["id"]]]
        size = part["params"]["out_features"]
        if size.startswith("="):
            used[size[1:]] = setting[size[1:]]
    return tuple(sorted(used.items()))


def test_the_analysis_tells_the_space() -> None:
    assert analyze(small_design()).to_json()["space"]["size"] == "288"
    b = Builder("fixed")
    b.output("out", b.add("act", "relu", b.input("row", "table", F=3)))
    assert analyze(b.build()).to_json()["space"] is None
