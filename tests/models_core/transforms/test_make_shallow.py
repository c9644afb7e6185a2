"""Residual stacks made shallow: what stays the same, what is refused."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from models_core import registry
from models_core.compile import bind, build, identify
from models_core.design import Builder, Design, read
from models_core.transforms import CannotTransform
from models_core.transforms.make_shallow import make_shallow


def design(id: str) -> Design:
    made = registry.get("design", id).obj()
    assert isinstance(made, Design)
    return made


@pytest.mark.parametrize("id", ["residual_stack", "vit", "transformer_text", "activator"])
def test_leaves_and_their_parameters_stay(id: str) -> None:
    before, after = bind(design(id)), bind(make_shallow(design(id)))
    assert not after.errors
    leaves = [{leaf.path: (leaf.entry.id, leaf.params) for leaf in bound.leaves} for bound in (before, after)]
    assert leaves[0] == leaves[1]
    assert identify(before).hash != identify(after).hash


def test_only_the_nodes_that_are_named_are_changed() -> None:
    stages = design("edgenext_xx_small")
    made = make_shallow(stages, ["stage1", "stage3"])
    groups = {node.id: node.group for node in made.nodes if node.id.startswith("stage")}
    assert groups == {
        "stage1": "filter_parallel", "stage2": "filter", "stage3": "filter_parallel", "stage4": "filter",
    }  # fmt: skip
    assert not bind(made).errors
    assert read(made.to_json()) == made


def test_a_stack_inside_a_group_is_found() -> None:
    b = Builder("inside", task="image_classification")
    unit = b.group("unit")
    x = unit.input("x")
    unit.output("out", unit.add("add", "add", x, unit.add("conv", "conv2d", x, out_channels=4, kernel_size=1)))
    stage = b.group("stage")
    stage.output("out", stage.add_group("units", "unit", stage.input("x"), repeat=3))
    b.output("out", b.add_group("stage", "stage", b.input("image", "image", C=4, H=8, W=8)))
    made = make_shallow(b.build())
    assert {node.id: node.group for node in made.groups["stage"].nodes} == {"units": "unit_parallel"}
    assert not bind(made).errors


def test_sums_of_sums_are_not_gone_every_way() -> None:
    b = Builder("sums")
    unit = b.group("unit")
    x = unit.input("x")
    left, right = (unit.add(f"{side}0", "conv2d", x, out_channels=4, kernel_size=1) for side in "ab")
    for at in range(1, 40):
        left, right = (unit.add(f"{side}{at}", "add", left, right) for side in "ab")
    unit.output("out", unit.add("sum", "add", left, right))
    b.output("out", b.add_group("units", "unit", b.input("image", "image", C=4, H=8, W=8), repeat=2))
    with pytest.raises(CannotTransform, match="not what came in with something added"):
        make_shallow(b.build())


def overridden(**override: object) -> Design:
    """Residual convolutions, one instance of which is different."""
    document = design("residual_stack").to_json()
    plain = document["groups"]["unit"]
    narrow = json.loads(json.dumps(plain).replace('"=kernel"', "1").replace('"=kernel // 2"', "0"))
    document["groups"] |= {"narrow": narrow, "bare": {**plain, "edges": [*plain["edges"][:2], *plain["edges"][3:]]}}
    return read({**document, "overrides": [override]})


@pytest.mark.parametrize(
    "override",
    [
        {"at": "stack.1.conv", "params": {"bias": False}},
        {"at": "stack.1.act", "block": "gelu"},
        {"at": "stack.1", "group": "narrow"},
        {"at": "stack.*", "group": "narrow"},
        {"at": "stack.1", "bypass": True},
    ],
)
def test_instances_stay_different(override: dict[str, object]) -> None:
    before = overridden(**override)
    after = make_shallow(before)
    sizes = {"width": 4, "depth": 3, "image_size": 8}
    deep, flat = (build(one, variables=sizes).double().eval() for one in (before, after))
    flat.load_state_dict(deep.state_dict())
    x = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    given = deep.get_submodule("stem")(x)
    act = nn.GELU() if override.get("block") else nn.ReLU()
    total = given
    for at in range(3):
        if at != 1 or not override.get("bypass"):
            branch = deep.get_submodule(f"stack.{at}.conv")(given)
            total = total + (act if at == 1 else nn.ReLU())(branch)
    assert torch.allclose(flat(x), deep.get_submodule("head")(total.mean((2, 3))))


@pytest.mark.parametrize(
    ("override", "text"),
    [
        ({"at": "stack.1.add", "block": "multiply"}, "the override at stack.1.add breaks the shortcut"),
        ({"at": "stack.1", "block": "relu"}, "the override at stack.1 breaks the shortcut"),
        ({"at": "stack.1.add", "bypass": True}, "bypasses a sum on the shortcut"),
        ({"at": "stack.1", "group": "bare"}, "the override at stack.1: .*not what came in with something added"),
    ],
)
def test_overrides_that_break_a_shortcut_are_refused(override: dict[str, object], text: str) -> None:
    with pytest.raises(CannotTransform, match=text):
        make_shallow(overridden(**override))


@pytest.mark.parametrize(
    ("id", "nodes", "text"),
    [
        ("resnet18", [], "layer1: what leaves group basic is not what came in with something added"),
        ("mobilenetv2_100", ["stage1"], "must be an add, always on"),
        ("denseformer", [], "hear all earlier ones"),
        ("lenet5", [], "repeats nothing; put the unit of a residual stack in a group"),
        ("vit", ["block"], "block: there is no repeated node of that id"),
        ("parallel_stack", [], "stand side by side already"),
    ],
)
def test_what_is_no_residual_stack_is_refused(id: str, nodes: list[str], text: str) -> None:
    with pytest.raises(CannotTransform, match=text):
        make_shallow(design(id), nodes)
