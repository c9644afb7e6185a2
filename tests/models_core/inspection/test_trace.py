"""A batch on its way through designs: which value is where, and what is marked with which reason."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from models_core.compile import Bound, bind, build
from models_core.design import Builder, Design
from models_core.inspection import Mark, SampleLimits, Trace, trace
from models_core.profiling import sample_inputs
from tests.models_core.sample import small_design
from tests.models_core.zoo.small import IDS, ZOO, design_of


def traced(design: Design, batch: int = 16, limits: SampleLimits | None = None, **options: Any) -> tuple[Trace, Bound]:
    bound = bind(design)
    torch.manual_seed(0)
    return trace(bound, build(bound), sample_inputs(bound, batch), limits, **options), bound


def chain(*nodes: tuple[str, str, dict[str, Any]], columns: int = 6) -> Design:
    """Blocks one after the other on a row of numbers."""
    b = Builder("chain")
    x = b.input("row", "table", F=columns)
    for id, block, params in nodes:
        x = b.add(id, block, x, **params)
    b.output("out", x)
    return b.build()


def origins(found: Trace) -> list[Mark]:
    return [mark for mark in found.marks if mark.origin]


def test_every_path_of_a_design_with_groups_answers() -> None:
    found, bound = traced(small_design())
    document = found.to_json()
    nodes, values = document["nodes"], document["values"]
    assert values[document["inputs"]["image"]]["shape"] == [1, 16, 16]
    # A repeated group, one repetition, a leaf inside it, and what came into that repetition.
    assert (
        nodes["stage"]["outputs"]["out"] == nodes["stage.1"]["outputs"]["out"] == nodes["stage.1.add"]["outputs"]["out"]
    )
    assert nodes["stage.1"]["inputs"]["x"] == nodes["stage.0"]["outputs"]["out"]
    assert values[nodes["stage.0.conv1"]["outputs"]["out"]]["axes"] == ["C", "H", "W"]
    assert values[document["outputs"]["logits"]]["shape"] == [10]
    # Bypassed where the stride is 1: its wire carries what it was given.
    assert nodes["stage.0.short"]["outputs"]["out"] == nodes["stage.0"]["inputs"]["x"]
    assert {leaf.path for leaf in bound.leaves} <= nodes.keys()
    assert all(value["picture"].startswith("data:image/png;base64,") for value in values)


def test_values_are_those_of_a_plain_forward() -> None:
    design = small_design()
    bound = bind(design)
    torch.manual_seed(0)
    module = build(bound).eval()
    inputs = sample_inputs(bound, 3)
    found = trace(bound, module, inputs)
    with torch.inference_mode():
        wanted = module(*inputs)
    assert torch.equal(found.result[0], wanted)
    logits = found.values[found.outputs["logits"]]
    assert logits.mean == pytest.approx(float(wanted[0].double().mean()))


def test_fresh_batch_norms_take_the_batch_and_are_left_as_they_were() -> None:
    design = chain(("wide", "linear", {"out_features": 4}), ("norm", "batch_norm", {}))
    bound = bind(design)
    module = build(bound)
    with torch.no_grad():
        module.get_submodule("wide").bias += 50
    before = {name: value.clone() for name, value in module.state_dict().items()}
    inputs = sample_inputs(bound, 64)
    fresh = trace(bound, module, inputs, fresh=True)
    trained = trace(bound, module, inputs)
    assert abs(fresh.values[fresh.outputs["out"]].mean or 0) < 5
    assert (trained.values[trained.outputs["out"]].mean or 0) > 40
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert module.training


def test_nan_is_marked_where_it_begins_and_where_it_comes_in() -> None:
    # A norm without epsilon divides nothing by nothing where all values are equal.
    found, _ = traced(
        chain(
            ("same", "constant", {"shape": [6]}),
            ("norm", "layer_norm", {"eps": 0}),
            ("act", "relu", {}),
        )
    )
    [norm, act] = found.marks
    assert (norm.path, norm.kind, norm.origin) == ("norm", "nan", True)
    assert norm.message == "NaN in 16 of 16 samples begins here: everything that comes in is finite"
    assert (act.path, act.kind, act.origin) == ("act", "nan", False)
    assert act.message.endswith("it comes in from norm")
    value = found.values[found.outputs["out"]]
    assert (value.nan, value.mean) == (6, None)
    assert found.to_json()["marks"][0]["path"] == "norm"


def test_infinity_and_explosion_are_told_apart() -> None:
    # A million to the seventh is more than 32 bits hold.
    b = Builder("huge")
    x = b.input("row", "table", F=3)
    big = b.add("big", "constant", x, shape=[3], value=1e6)
    y = b.add("one", "constant", x, shape=[3])
    for at in range(7):
        y = b.add(f"times{at}", "multiply", y, big)
    b.output("out", b.add("norm", "layer_norm", y))
    found, _ = traced(b.build())
    marked = {mark.path: mark for mark in found.marks}
    assert (marked["big"].kind, marked["big"].origin) == ("exploding", True)
    assert "16-bit numbers end at 65,504" in marked["big"].message
    assert (marked["times0"].kind, marked["times0"].origin) == ("exploding", False)
    assert (marked["times6"].kind, marked["times6"].origin) == ("inf", True)
    assert (marked["norm"].kind, marked["norm"].origin) == ("nan", True)
    assert marked["norm"].message.endswith("it cannot work with the infinity from times6")


def test_growth_is_marked_with_its_factor() -> None:
    b = Builder("growing")
    x = b.input("row", "table", F=3)
    x = b.add("times", "multiply", x, b.add("factor", "constant", x, shape=[3], value=200.0))
    b.output("out", x)
    found, _ = traced(b.build(), limits=SampleLimits(growth=100))
    assert {mark.path for mark in found.marks} == {"factor"}
    assert "fold" in found.marks[0].message


def test_broken_weights_are_named() -> None:
    bound = bind(chain(("dense", "linear", {"out_features": 2})))
    module = build(bound)
    with torch.no_grad():
        module.get_submodule("dense").weight[0, 0] = float("nan")
    [mark] = trace(bound, module, sample_inputs(bound, 4)).marks
    assert mark.kind == "nan"
    assert "its own weight is not finite" in mark.message


def test_dead_channels_are_marked_where_they_die() -> None:
    bound = bind(chain(("dense", "linear", {"out_features": 4}), ("act", "relu", {}), ("drop", "dropout", {"p": 0.1})))
    module = build(bound)
    with torch.no_grad():
        module.get_submodule("dense").bias[:] = torch.tensor([-20.0, -20.0, -20.0, 20.0])
    found = trace(bound, module, sample_inputs(bound, 16))
    [mark] = found.marks
    assert (mark.path, mark.kind) == ("act", "dead")
    assert mark.message == "3 of 4 channels are zero for all 16 samples"
    # One sample cannot tell: a unit that is silent once is not dead.
    assert trace(bound, module, sample_inputs(bound, 1)).marks == []
    with torch.no_grad():
        module.get_submodule("dense").bias[:] = -20
    first, second = trace(bound, module, sample_inputs(bound, 16)).marks
    assert (first.path, first.message, first.origin) == ("act", "only zeros for all 16 samples", True)
    assert (second.path, second.origin) == ("drop", False)


def test_several_inputs_and_outputs_have_their_own_values() -> None:
    b = Builder("both")
    text = b.input("text", "tokens", L=12)
    row = b.input("row", "table", F=3)
    x = b.add("embed", "embedding", text, num_embeddings=256, embedding_dim=8)
    x = b.add("read", "gru", x, hidden_size=8)
    b.output("steps", x)
    b.output("facts", b.add("dense", "linear", row, out_features=2))
    found, _ = traced(b.build(), batch=3)
    document = found.to_json()
    values = document["values"]
    assert values[document["inputs"]["text"]]["dtype"] == "int64"
    assert values[document["nodes"]["embed"]["outputs"]["out"]]["axes"] == ["L", "D"]
    assert values[document["outputs"]["steps"]]["shape"] == [12, 8]
    assert values[document["outputs"]["facts"]]["shape"] == [2]


@pytest.mark.parametrize(
    "entry", [entry for entry in ZOO if entry.id in ("lenet5", "vit", "gru_text", "byte_transformer")]
)
def test_published_designs_are_healthy_when_fresh(entry: Any) -> None:
    assert entry.id in IDS
    found, bound = traced(design_of(entry), batch=8, fresh=True)
    assert [str(mark) for mark in origins(found)] == []
    assert len(found.values) >= len(bound.leaves)


def test_a_network_of_many_values_is_shown_up_to_the_limit() -> None:
    found, _ = traced(small_design(), limits=SampleLimits(values=5))
    assert len(found.values) == 5
    assert "the first 5 of" in found.notes[0]
    assert found.result[0].shape == (16, 10)
