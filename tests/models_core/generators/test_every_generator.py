"""What every generator must do; a new one is tested by existing."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import annotated_types
import pytest

from models_core import registry
from models_core.design import generate
from models_core.registry import Entry, Param

ALL = registry.all("generator")


def others(param: Param) -> list[Any]:
    """Values besides the default that a form offers: the next lower and higher numbers, the other words."""
    annotation: Any = param.annotation
    hint, bounds = annotation, []
    if hasattr(annotation, "__metadata__"):
        hint, bounds = annotation.__origin__, [meta for field in annotation.__metadata__ for meta in field.metadata]
    if hint is bool:
        return [not param.default]
    if get_origin(hint) is Literal:
        return [value for value in get_args(hint) if value != param.default]
    assert hint is int, f"{param.name}: say here what else a {hint} may be"
    low = max((one.ge for one in bounds if isinstance(one, annotated_types.Ge)), default=0)
    return [value for value in (param.default - 1, param.default + 1) if value >= low]


def test_the_first_are_there() -> None:
    assert {"aggregation_tree", "res2_bottleneck"} <= {entry.id for entry in ALL}


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.id)
def test_words_and_form(entry: Entry) -> None:
    assert entry.source is not None
    assert len(entry.help) < 130
    properties = entry.schema()["properties"]
    for name in [*(param.name for param in entry.params), *entry.passed]:
        assert properties[name].get("description"), f"parameter {name} has no doc"
    assert entry.to_json()["ports"]["outputs"]


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.id)
def test_other_parameters_make_another_group_with_the_same_ports_and_parameters(entry: Entry) -> None:
    usual = generate.make(entry.id, {})
    for param in entry.params:
        values = others(param)
        assert values
        for value in values:
            made = generate.make(entry.id, {param.name: value})
            assert made.key != usual.key
            assert list(made.group.params) == list(entry.passed)
            for group in made.groups.values():
                assert group.doc


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.id)
def test_every_wire_inside_lies_between_what_is_there(entry: Entry) -> None:
    for group in generate.make(entry.id, {}).groups.values():
        known = {node.id for node in group.nodes} | {"input", "output"}
        assert all(edge.source[0] in known and edge.target[0] in known for edge in group.edges)
