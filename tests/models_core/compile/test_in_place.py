"""Activations that write over their input."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from models_core import registry
from models_core.compile import build
from models_core.design import Builder, Design
from models_core.registry import Entry
from tests.models_core.zoo.small import COVERING, bound_of, samples_for


def in_place(design: Design) -> set[str]:
    module = build(design, in_place=True)
    return {name for name, part in module.named_modules() if getattr(part, "inplace", False) is True}


def rectified(source: str, *, twice: bool = False, **params: object) -> Design:
    """A convolution, a block, a ReLU; with `twice` what the block gives leaves the network, too."""
    b = Builder("line")
    x = b.add("conv", "conv2d", b.input("image", "image", C=4, H=8, W=8), out_channels=4, kernel_size=3)
    source = b.add("source", source, x, **params)
    b.output("out", b.add("act", "relu", source))
    if twice:
        b.output("before", source)
    return b.build()


def test_nothing_is_written_over_unless_asked() -> None:
    module = build(registry.get("design", "resnet20_cifar").obj())
    assert not any(getattr(part, "inplace", False) for part in module.modules())


def test_resnet_writes_over_all_it_rectifies() -> None:
    design = registry.get("design", "resnet18").obj()
    rectifiers = {name for name, part in build(design).named_modules() if isinstance(part, nn.ReLU)}
    assert in_place(design) == rectifiers
    assert len(rectifiers) == 17


@pytest.mark.parametrize("source", ["batch_norm", "group_norm", "conv2d"])
def test_after_a_layer_whose_backward_needs_its_input_alone(source: str) -> None:
    params = {"conv2d": {"out_channels": 4, "kernel_size": 1}, "group_norm": {"num_groups": 2}}.get(source, {})
    assert in_place(rectified(source, **params)) == {"act"}


@pytest.mark.parametrize("source", ["sigmoid", "tanh", "dropout", "reshape", "flatten"])
def test_not_after_what_needs_its_result_or_is_only_another_view(source: str) -> None:
    params = {"shape": [-1]} if source == "reshape" else {}
    assert in_place(rectified(source, **params)) == set()


def test_not_where_another_reads_it_or_it_leaves_the_network() -> None:
    assert in_place(rectified("batch_norm", twice=True)) == set()
    b = Builder("skip")
    x = b.input("image", "image", C=4, H=8, W=8)
    conv = b.add("conv", "conv2d", x, out_channels=4, kernel_size=1)
    b.output("out", b.add("join", "add", conv, b.add("act", "relu", conv)))
    assert in_place(b.build()) == set()


def test_not_over_the_networks_own_input() -> None:
    b = Builder("first")
    x = b.input("image", "image", C=4, H=8, W=8)
    b.output("out", b.add("conv", "conv2d", b.add("act", "relu", x), out_channels=4, kernel_size=1))
    assert in_place(b.build()) == set()


@pytest.mark.parametrize("entry", COVERING, ids=[entry.id for entry in COVERING])
def test_values_and_gradients_stay_the_same(entry: Entry) -> None:
    bound = bound_of(entry)
    results: list[list[Tensor]] = []
    for over in (False, True):
        torch.manual_seed(0)
        module = build(bound, in_place=over)
        if over and not any(getattr(part, "inplace", False) for part in module.modules()):
            pytest.skip("nothing in it is written over")
        args = samples_for(bound)
        out = module(*args)
        out = out if isinstance(out, Tensor) else out[0]
        (out * torch.linspace(-1, 1, out.numel()).view_as(out)).mean().backward()
        gradients = [param.grad for param in module.parameters() if param.grad is not None]
        results.append([out, *gradients, *module.buffers()])
    plain, over = results
    assert len(plain) == len(over)
    for one, other in zip(plain, over, strict=True):
        assert torch.equal(one, other)
