"""MS-MLP: mixing and shifting."""

from __future__ import annotations

import torch
from torch import nn

from models_core import registry
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted


@register(
    "paper",
    id="mixing-shifting",
    family="mlp",
    source=Source(
        "Huangjie Zheng, Pengcheng He, Weizhu Chen, Mingyuan Zhou",
        "Mixing and Shifting: Exploiting Global and Local Dependencies in Vision MLPs",
        2022,
        "https://arxiv.org/abs/2202.06510",
    ),
)
class MixingShifting(Paper):
    """Groups of channels look near with small kernels and, shifted, far with large ones, before an MLP mixes them."""

    claim = "With 85 M parameters 83.8 % on ImageNet-1K; combined with Swin 0.5 % above Swin-B"
    entries = ("block/mix_shift2d", "design/ms_mlp_tiny", "design/ms_mlp_base")
    notes = (
        "Depths and kernels are those of the authors' code (widths 96 and 128, depths 3-3-9-3 and 3-3-27-3). It makes "
        "87.9 M parameters of the base size, not the 85 M of the abstract. The hybrid with Swin is not built."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """The tiny size has 28.3 M parameters, the base size 87.9 M: a sum worked out by hand."""
        outcome = None
        for name, width, depths in (("ms_mlp_tiny", 96, (3, 3, 9, 3)), ("ms_mlp_base", 128, (3, 3, 27, 3))):
            total, before = 0, 3
            kernels = ((1, 1, 3, 5, 7), (1, 1, 3, 5, 5), (1, 1, 3, 3, 3), (1, 1, 1, 1, 3))
            for stage, (depth, sizes) in enumerate(zip(depths, kernels, strict=True)):
                wide = width * 2**stage
                total += before * wide * (16 if stage == 0 else 4) + 3 * wide
                each = -(-wide // 5)
                groups = [each] * 4 + [wide - 4 * each]
                filters = 2 * sum(count * (size**2 + 1) for count, size in zip(groups, sizes, strict=True))
                total += depth * (filters + 8 * wide**2 + 5 * wide + 3 * wide)
                before = wide
            total += 2 * before + before * 1000 + 1000
            found = counted(name, params=total)
            outcome = found if outcome is None else outcome & found
        assert outcome is not None
        return outcome

    @check("exact")
    def an_impulse_moves_by_the_shift(self) -> Outcome:
        """What one position sends out covers the group's kernel, moved by the group's shift along rows and columns."""
        kernels, shifts = (1, 3, 5), (3, 0, -2)
        block = registry.get("block", "mix_shift2d").obj(3, kernels, shifts, bias=False)
        for param in block.parameters():
            nn.init.ones_(param)
        x = torch.zeros(1, 3, 15, 15)
        x[:, :, 7, 7] = 1
        want = torch.zeros_like(x)
        for group, (kernel, shift) in enumerate(zip(kernels, shifts, strict=True)):
            half = kernel // 2
            for down, right in ((0, shift), (shift, 0)):
                rows = slice(7 + down - half, 7 + down + half + 1)
                columns = slice(7 + right - half, 7 + right + half + 1)
                want[0, group, rows, columns] += 1
        return agree("support", block(x), want)

    @check("exact")
    def without_shifts_a_depthwise_convolution(self) -> Outcome:
        """With no shifts it is a depthwise convolution by the sum of both kernels, for each group its own size."""
        torch.manual_seed(0)
        kernels = (1, 3, 5)
        block = registry.get("block", "mix_shift2d").obj(7, kernels, (0, 0, 0))
        x = torch.randn(2, 7, 9, 8)
        parts = []
        for part, row, column in zip(x.split([3, 3, 1], 1), block.rows, block.columns, strict=True):
            weight, bias = row.weight + column.weight, row.bias + column.bias
            padding = weight.shape[2] // 2
            parts.append(nn.functional.conv2d(part, weight, bias, padding=padding, groups=part.shape[1]))
        return agree("grouped convolution", block(x), torch.cat(parts, 1))

    @check("small", minutes=2)
    def shifting_helps(self, lab: Lab) -> Outcome:
        """With groups shifted, a small network classifies digits no worse, to half a point, than with none shifted."""
        design = registry.get("design", "ms_mlp_tiny").obj()
        small = {"image_size": 32, "width": 32, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "scale": 0.1}
        return compared(
            lab,
            {"shifted": (design, small), "in place": (design, {**small, "reach": 0})},
            "digits",
            margin=0.005,
            epochs=8,
        )
