"""Hyena over images."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.attention.self_attention import SelfAttention
from models_core.blocks.spectral.hyena2d import Hyena2d
from models_core.ops.fft_conv import fft_conv
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, digits_as_sequence, judged, slowdown


class OnGrid(nn.Module):
    """Hyena over tokens that are a square, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.mixer = Hyena2d(24)

    def forward(self, x: Tensor) -> Tensor:
        image = x.transpose(1, 2).unflatten(2, (math.isqrt(x.shape[1]), -1))
        return self.mixer(image).flatten(2).transpose(1, 2)


@register(
    "paper",
    id="multi-dimensional-hyena-spatial",
    family="spectral",
    source=Source(
        "Itamar Zimerman, Lior Wolf",
        "Multi-Dimensional Hyena for Spatial Inductive Bias",
        2023,
        "https://arxiv.org/abs/2309.13600",
    ),
)
class HyenaND(Paper):
    """Gated convolutions with kernels as large as the image, drawn by a network, in place of attention."""

    claim = "In place of attention it trains better on small image sets from scratch, with less than quadratic cost"
    entries = ("block/hyena2d", "design/hyena_vit_tiny")
    notes = (
        "The paper's causal layout and its directions are one option here (one_sided); by default a position sees all "
        "others. How many layers of the hybrid convolve is a variable; half of them is a reading of the paper. "
        "Digits stand for small image sets, and the hybrid itself is not among what is compared. After a first look "
        "both readers of that comparison were given positions."
    )

    @check("exact")
    def is_a_convolution(self) -> Outcome:
        """By FFT, padded with zeros, it is the direct convolution with its kernel, drawn either way."""
        torch.manual_seed(0)
        outcome = Outcome(True, "6 x 9 positions")
        for kind in ("full", "product"):
            block, x = Hyena2d(4, kind).double(), torch.randn(2, 4, 6, 9, dtype=torch.float64)
            v, a, b = block.short(block.proj_in(x)).chunk(3, 1)
            u, kernel = a * v, block.kernel(6, 9)
            mixed = conv2d(u, kernel.flip(1, 2).unsqueeze(1), padding=(5, 8), groups=4)
            outcome &= agree(kind, block(x), block.proj(b * (mixed + block.d[:, None, None] * u)))
        return outcome

    @check("exact")
    def one_axis_is_hyena(self) -> Outcome:
        """On an image of one row, one-sided, it is the causal gated long convolution of Hyena."""
        torch.manual_seed(0)
        block, x = Hyena2d(4, one_sided=True).double(), torch.randn(2, 4, 1, 20, dtype=torch.float64)
        v, a, b = block.proj_in(x).squeeze(2).chunk(3, 1)
        u, kernel = a * v, block.kernel(1, 20)[:, 0, 19:]
        want = block.proj((b * (fft_conv(u, kernel) + block.d[:, None] * u)).unsqueeze(2))
        later = torch.cat((x[..., :12], x[..., 12:] + 1), 3)
        return agree("Hyena", block(x), want) & agree("past", block(later)[..., :12], block(x)[..., :12])

    @check("exact")
    def any_size(self) -> Outcome:
        """The same weights take an image of twice the size, and the product form's kernel has rank 1."""
        torch.manual_seed(0)
        block = Hyena2d(4, "product").double()
        out = block(torch.randn(1, 4, 16, 16, dtype=torch.float64))
        ratio = torch.linalg.svdvals(block.kernel(16, 16))
        rest = float((ratio[:, 1] / ratio[:, 0]).max().detach())
        return Outcome(out.shape == (1, 4, 16, 16) and rest < 1e-9, f"second singular value {rest:.0e} of the first")

    @check("exact")
    def hybrid(self) -> Outcome:
        """The hybrid has a ViT's parameters, with the convolution's in attention's place in its first layers."""
        design, width = registry.get("design", "hyena_vit_tiny").obj(), 192
        found = [analyze(design, variables={"hyena": count}).total["params"] for count in (0, 1, 6)]
        stem = 768 * width + width + 196 * width + 2 * width + width * 1000 + 1000
        plain = stem + 12 * (12 * width * width + 13 * width)
        block = sum(param.numel() for param in Hyena2d(width).parameters())
        swap = block - 4 * width * width - 4 * width
        right = found == [plain, plain + swap, plain + 6 * swap]
        return Outcome(right, f"{found} parameters with 0, 1, 6 layers that convolve; {plain:,} of a ViT")

    @check("small", minutes=1)
    def time_by_size(self, lab: Lab) -> Outcome:
        """Its CPU time from 16 × 16 to 64 × 64 pixels grows at most 32-fold, and by less than half of attention's."""
        blocks = {"hyena": OnGrid(), "attention": SelfAttention(24, 4)}
        ratios = {name: slowdown(lab, block, 24, (256, 4096), repeats=5) for name, block in blocks.items()}
        confirmed = ratios["hyena"] <= 32 and 2 * ratios["hyena"] < ratios["attention"]
        figure = f"16 times the pixels: {ratios['hyena']:.1f} times the time, attention {ratios['attention']:.1f}"
        return Outcome(confirmed, figure, ratios)

    @check("small", minutes=3)
    def beside_attention(self, lab: Lab) -> Outcome:
        """On the 64 pixels of a digit, with learned positions, it is right no less often than self-attention."""
        nets = {
            "hyena": lambda: Reader(1, 10, OnGrid, width=24, positions=64),
            "self-attention": lambda: Reader(1, 10, lambda: SelfAttention(24, 4), width=24, positions=64),
        }
        found = contest(lab, nets, digits_as_sequence(lab, 1), steps=200)
        return judged(found, "share of digits right")
