"""MS-MLP: mixing and shifting."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.blocks.attention.window_attention import WindowAttention
from models_core.registry import Source, register
from models_core.zoo.ms_mlp import KERNELS

from . import Lab, Outcome, Paper, agree, check, compared, counted


def by_pairs(block: WindowAttention, x: Tensor, rows: int, columns: int, window: int, shift: int) -> Tensor:
    """Window attention with every pair of cells asked whether they share a window, and by what offset they differ."""
    shifts = tuple(shift if size > window else 0 for size in (rows, columns))
    high, wide = min(window, rows), min(window, columns)
    cells = [(row, column) for row in range(rows) for column in range(columns)]
    bias = torch.full((block.heads, len(cells), len(cells)), -torch.inf, dtype=x.dtype)
    for one, here in enumerate(cells):
        for other, there in enumerate(cells):
            homes = [[(at - by) // window for at, by in zip(cell, shifts, strict=True)] for cell in (here, there)]
            if homes[0] == homes[1]:
                down, right = (a - b for a, b in zip(here, there, strict=True))
                at = (down + high - 1) * (2 * wide - 1) + right + wide - 1
                bias[:, one, other] = block.relative_position_bias_table[at]
    q, k, v = block.qkv(x).unflatten(2, (3, block.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
    weights = (q @ k.transpose(2, 3) / q.shape[3] ** 0.5 + bias).softmax(3)
    return block.proj((weights @ v).transpose(1, 2).flatten(2))


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
    entries = (
        "block/mix_shift2d",
        "block/window_attention",
        *(f"design/ms_mlp_{size}" for size in ("tiny", "base")),
        *(f"design/swin_{size}_patch4_window7_224" for size in ("tiny", "small", "base")),
    )
    notes = (
        "Depths and kernels are those of the authors' code (widths 96 and 128, depths 3-3-9-3 and 3-3-27-3). It makes "
        "87.9 M parameters of the base size, not the 85 M of the abstract. The hybrid is an option of the Swin "
        "designs: blocks that would shift their windows, every second one, are MS-MLP's. The authors' code has no "
        "hybrid to compare with: that they combine it in this way is an assumption."
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

    @check("exact")
    def hybrid_counts(self) -> Outcome:
        """Swin-T, -S and -B have the published parameters; the hybrid has MS-MLP's instead in every second block."""
        outcome = Outcome(True, "Swin and hybrid")
        sizes = (("tiny", 96, (2, 2, 6, 2), 28_288_354), ("small", 96, (2, 2, 18, 2), 49_606_258))
        for size, width, depths, params in (*sizes, ("base", 128, (2, 2, 18, 2), 87_768_224)):
            name, hybrid = f"swin_{size}_patch4_window7_224", params
            for stage, (depth, kernels) in enumerate(zip(depths, KERNELS, strict=True)):
                wide = width * 2**stage
                attending = 4 * wide**2 + 4 * wide + 4 * wide + 13 * 13 * wide // 32
                each = -(-wide // 5)
                groups = [each] * 4 + [wide - 4 * each]
                mixing = 2 * sum(n * (kernel**2 + 1) for n, kernel in zip(groups, kernels, strict=True)) + 3 * wide
                hybrid += depth // 2 * (mixing - attending)
            outcome &= counted(name, params=params) & counted(name, params=hybrid, hybrid=True)
        return outcome

    @check("exact")
    def windows(self) -> Outcome:
        """Attention in windows is attention among the cells with one ⌊(row - shift) / window⌋, also at the border."""
        torch.manual_seed(0)
        outcome = None
        for rows, columns, window, shift in ((4, 6, 2, 0), (4, 6, 2, 1), (5, 7, 3, 1), (3, 7, 4, 2), (3, 4, 7, 3)):
            block = WindowAttention(rows * columns, 6, 2, rows, window, shift).double()
            nn.init.normal_(block.relative_position_bias_table)
            x = torch.randn(2, rows * columns, 6, dtype=torch.float64, requires_grad=True)
            ours, theirs = block(x), by_pairs(block, x, rows, columns, window, shift)
            seeds, given = torch.randn_like(ours), (x, *block.parameters())
            gradients = [
                torch.cat([part.flatten() for part in torch.autograd.grad((one * seeds).sum(), given)])
                for one in (ours, theirs)
            ]
            size = f"{rows} x {columns}, {window}, {shift}"
            found = agree(size, ours, theirs) & agree("gradients", *gradients)
            outcome = found if outcome is None else outcome & found
        assert outcome is not None
        return outcome

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

    @check("small", minutes=2)
    def hybrid_helps(self, lab: Lab) -> Outcome:
        """A small Swin transformer classifies digits no worse, to half a point, as the hybrid than with windows."""
        design = registry.get("design", "swin_tiny_patch4_window7_224").obj()
        small = {"image_size": 32, "width": 32, "head_width": 16, "window": 4, "depth3": 2, "scale": 0.1}
        contestants = {"hybrid": (design, {**small, "hybrid": True}), "windows": (design, small)}
        return compared(lab, contestants, "digits", margin=0.005, epochs=8)
