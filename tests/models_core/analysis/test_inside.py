"""The graph inside composed blocks."""

from __future__ import annotations

import pytest

from models_core import registry
from models_core.analysis.inside import Inside, inside


def of(id: str) -> Inside:
    found = inside(registry.get("block", id))
    assert found is not None
    return found


@pytest.mark.parametrize("entry", registry.all("block"), ids=lambda entry: entry.id)
def test_every_block_is_one_layer_or_has_a_graph_inside(entry: registry.Entry) -> None:
    found = inside(entry)
    if found is None:
        return
    ids = [part.id for part in found.parts]
    assert ids[-1] == "out"
    assert len(ids) == len(set(ids))
    # Drawn in the order they run: no wire goes back.
    for start, end in found.edges:
        assert ids.index(start) < ids.index(end)
    needed = {port.name for port in entry.inputs if not port.optional}
    assert needed <= set(ids)


def test_a_gate_is_drawn_with_both_its_arms() -> None:
    glu = of("glu_mlp")
    assert {("fc1", "act"), ("fc1", "mul"), ("act", "mul"), ("mul", "fc2")} <= set(glu.edges)
    assert [part.title for part in glu.parts] == ["x", "Linear", "SiLU", "×", "Linear", "out"]


def test_what_only_changes_shapes_is_left_out() -> None:
    assert [part.title for part in of("self_attention").parts] == ["x", "Linear", "attention", "Linear", "out"]


def test_one_layer_has_no_inside() -> None:
    assert inside(registry.get("block", "conv2d")) is None
