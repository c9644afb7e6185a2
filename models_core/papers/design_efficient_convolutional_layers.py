"""Single intra-channel convolution, topological subdivision, spatial bottleneck."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared

SMALL: dict[str, Any] = {"width": 16, "depth": 1}


@register(
    "paper",
    id="design-efficient-convolutional-layers",
    family="convolution",
    source=Source(
        "Min Wang, Baoyuan Liu, Hassan Foroosh",
        "Design of Efficient Convolutional Layers using Single Intra-channel Convolution, Topological Subdivisioning "
        'and Spatial "Bottleneck" Structure',
        2017,
        "https://arxiv.org/abs/1608.04337",
    ),
)
class EfficientLayers(Paper):
    """Filters for each channel apart from mixing channels; mixing among neighbours only, or at half the resolution."""

    claim = "42, 4.5 and 6.5 times less compute than VGG, ResNet-50 and ResNet-101 at similar accuracy"
    entries = ("block/topological_conv2d", "design/sicnet")
    notes = (
        "The design is a small one of the paper's layers, not one of its networks for ImageNet. After a first look the "
        "small check's sentence says that there are two passes."
    )

    @check("exact")
    def costs_by_the_formula(self) -> Outcome:
        """A layer costs k² + n multiply-adds per value, where a convolution costs k² n; neighbours 9 instead of n."""
        design = registry.get("design", "sicnet").obj()
        outcome = Outcome(True, "layer at 32 × 32, 64 channels")
        for mixing, mixes in (("dense", 64), ("topological", 9)):
            nodes = analyze(design, variables={"mixing": mixing}).nodes
            found = nodes["stage1.0.filter"]["macs"] + nodes["stage1.0.mix"]["macs"]
            want = 32 * 32 * 64 * (9 + mixes)
            outcome &= Outcome(found == want, f"{mixing} {found:,} MACs, expected {want:,}")
        return outcome

    @check("exact")
    def a_masked_matrix(self) -> Outcome:
        """Mixing among neighbours equals a 1 × 1 convolution with all other weights zero, gradients alike."""
        torch.manual_seed(0)
        block = registry.get("block", "topological_conv2d").obj(12, (3, 3), (3, 4))
        dense = torch.zeros(12, 12)
        for channel in range(12):
            for at, weight in enumerate(block.conv.weight[channel, :, 0, 0].detach()):
                row, column = channel // 4 + at // 3 - 1, channel % 4 + at % 3 - 1
                dense[channel, row % 3 * 4 + column % 4] += weight
        x = torch.randn(2, 12, 5, 5, requires_grad=True)
        theirs = nn.functional.conv2d(x, dense[:, :, None, None], block.conv.bias)
        grads = [torch.autograd.grad(out.square().sum(), x)[0] for out in (block(x), theirs)]
        return agree("outputs", block(x), theirs) & agree("gradients", *grads)

    @check("exact")
    def all_neighbours_are_a_full_matrix(self) -> Outcome:
        """With a window as large as the grid, as many weights as a plain 1 × 1 convolution, and every channel seen."""
        block = registry.get("block", "topological_conv2d").obj(12, (3, 4), (3, 4))
        seen = [sorted(row.tolist()) == list(range(12)) for row in block.index.view(12, 12)]
        count = block.conv.weight.numel()
        return Outcome(all(seen) and count == 144, f"{count} weights, {sum(seen)} of 12 channels see all")

    @check("exact")
    def the_bottleneck_restores_the_size(self) -> Outcome:
        """At half the resolution mixing costs a quarter, and what goes out is as large as what came in."""
        design = registry.get("design", "sicnet").obj()
        full, half = (analyze(design, variables={"bottleneck": on}).nodes for on in (False, True))
        shapes = [nodes["stage1.0.add"]["outputs"]["out"]["shape"] for nodes in (full, half)]
        ratio = full["stage1.0.mix"]["macs"] / half["stage1.0.mix"]["macs"]
        return Outcome(
            shapes[0] == shapes[1] and ratio == 4, f"shapes {shapes[0]} and {shapes[1]}, {ratio:g} times less"
        )

    @check("small", minutes=1)
    def neighbours_are_enough(self, lab: Lab) -> Outcome:
        """After two passes over digits, mixing neighbours is at most one point below mixing all channels."""
        design = registry.get("design", "sicnet").obj()
        contestants = {mixing: (design, {**SMALL, "mixing": mixing}) for mixing in ("topological", "dense")}
        return compared(lab, contestants, "digits", margin=0.01, epochs=2)
