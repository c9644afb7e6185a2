"""Multiresolution convolutional memory."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models_core.blocks.convolution.multires_conv import MultiresConv
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, digits_as_sequence, judged


def reach(block: nn.Module, length: int) -> int:
    """How many tokens back the last output sees, itself included."""
    x = torch.randn(1, length, 4, dtype=torch.float64, requires_grad=True)
    (grad,) = torch.autograd.grad(block(x)[0, -1].square().sum(), x)
    return length - int(grad[0].abs().sum(1).nonzero()[0])


class Dilated(nn.Module):
    """Causal depthwise convolutions of doubling dilation, each with filters of its own, with the same mixing after."""

    def __init__(self, dim: int, levels: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(dim, dim, 2, dilation=1 << at, groups=dim) for at in range(levels))
        self.mix = nn.Linear(dim, 2 * dim)

    def forward(self, x: Tensor) -> Tensor:
        y = x.transpose(1, 2)
        for at, conv in enumerate(self.convs):
            y = nn.functional.gelu(conv(nn.functional.pad(y, (1 << at, 0))))
        return nn.functional.glu(self.mix(y.transpose(1, 2)), -1)


@register(
    "paper",
    id="sequence-modeling-multiresolution-convolutional",
    family="convolution",
    source=Source(
        "Jiaxin Shi, Ke Alexander Wang, Emily Fox",
        "Sequence Modeling with Multiresolution Convolutional Memory",
        2023,
        "https://arxiv.org/abs/2305.01638",
    ),
)
class Multires(Paper):
    """A wavelet tree as a layer: one pair of filters at doubling dilations, and learned weights over what they find."""

    claim = "Better than dilated convolutions with few parameters, in O(N log N) time and memory"
    entries = ("block/multires_conv",)

    @check("exact")
    def is_the_tree(self) -> Outcome:
        """The weighed sum equals the undecimated tree written out position by position."""
        torch.manual_seed(0)
        block = MultiresConv(3, 4, 3).double()
        x = torch.randn(2, 3, 21, dtype=torch.float64)
        low, high = block.low.squeeze(1), block.high.squeeze(1)
        total, part = block.weights[:, -1:] * x, x
        for level in range(4):
            detail, coarse = torch.zeros_like(x), torch.zeros_like(x)
            for t in range(21):
                for tap in range(3):
                    at = t - (2 - tap) * 2**level
                    if at >= 0:
                        detail[..., t] += high[:, tap] * part[..., at]
                        coarse[..., t] += low[:, tap] * part[..., at]
            total, part = total + block.weights[:, level + 1, None] * detail, coarse
        return agree("memory", block.memory(x), total + block.weights[:, :1] * part)

    @check("exact")
    def reach_doubles(self) -> Outcome:
        """With two taps and J levels an output sees 2^J tokens and none that comes later."""
        torch.manual_seed(0)
        seen = [reach(MultiresConv(4, levels).double(), 80) for levels in (1, 2, 3, 4, 5, 6)]
        x = torch.randn(1, 30, 4)
        block = MultiresConv(4, 4)
        later = torch.cat((x[:, :20], x[:, 20:] + 1), 1)
        apart = float((block(x)[:, :20] - block(later)[:, :20]).abs().max())
        return Outcome(seen == [2, 4, 8, 16, 32, 64] and apart < 1e-6, f"sees {seen}; the past moves by {apart:.0e}")

    @check("exact")
    def parameters(self) -> Outcome:
        """Each further level costs one weight per feature, while filters of its own would cost their taps."""
        counts = [sum(p.numel() for p in MultiresConv(8, levels).parameters()) for levels in (3, 4, 9)]
        expected = [2 * 8 * 2 + 8 * (levels + 2) + 8 * 16 + 16 for levels in (3, 4, 9)]
        return Outcome(counts == expected, f"{counts} parameters at 3, 4, 9 levels, expected {expected}")

    @check("exact")
    def memory_for_training(self) -> Outcome:
        """What is kept for the backward pass, with levels that see N tokens, grows as N log N and no faster."""
        kept, sizes = [], set()
        for levels in (5, 7, 9):
            block, found, length = MultiresConv(4, levels), dict[int, int](), 1 << levels

            def note(x: Tensor, found: dict[int, int] = found) -> Tensor:
                found[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
                return x

            with torch.autograd.graph.saved_tensors_hooks(note, lambda x: x):
                block(torch.randn(1, length, 4))
            kept.append(sum(found.values()) / (length * levels))
            sizes.add(sum(p.numel() for p in block.parameters()) - 4 * levels)
        told = ", ".join(f"{each:.0f}" for each in kept)
        figure = f"{told} bytes for each of N log2 N at 32, 128, 512 tokens; {sizes} parameters besides the levels' 4"
        return Outcome(kept[2] <= kept[1] <= kept[0] and len(sizes) == 1, figure, {"bytes": kept})

    @check("small", minutes=2)
    def beside_dilated(self, lab: Lab) -> Outcome:
        """Reading digits pixel by pixel it is right no less often than dilated convolutions of as many parameters."""
        nets = {
            "multiresolution": lambda: Reader(1, 10, lambda: MultiresConv(24, 6), width=24),
            "dilated": lambda: Reader(1, 10, lambda: Dilated(24, 6), width=24),
        }
        sizes = {name: sum(p.numel() for p in net().parameters()) for name, net in nets.items()}
        found = contest(lab, nets, digits_as_sequence(lab, 1), steps=300)
        return judged(found, f"share of digits right ({' and '.join(map(str, sizes.values()))} parameters)")
