"""Sigmoid attention."""

from __future__ import annotations

import math

import torch
from torch import nn

from models_core import registry
from models_core.blocks.attention.sigmoid_attention import SigmoidAttention as Block
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared_on_text, swapped

SMALL = {"width": 64, "depth": 2, "head_width": 16, "dropout": 0.0}
LENGTH, DIM = 64, 32


def block(bias: float | None = None) -> Block:
    """The block at a small width, with fixed weights."""
    torch.manual_seed(0)
    return Block(DIM, heads=4, bias=bias).eval()


@register(
    "paper",
    id="theory-analysis-best-practices",
    family="attention",
    source=Source(
        "Jason Ramapuram, Federico Danieli, Eeshan Dhekane, Floris Weers and others",
        "Theory, Analysis, and Best Practices for Sigmoid Self-Attention",
        2024,
        "https://arxiv.org/abs/2409.04431",
    ),
)
class SigmoidAttention(Paper):
    """Attention weights by a sigmoid of each score alone, kept small at first by a bias of minus log length."""

    claim = "Sigmoid attention matches softmax attention; its kernel is 17 % faster than FlashAttention-2 on an H100"
    entries = ("block/sigmoid_attention",)
    notes = "The fused kernel and its speed are not part of this; the bias is fixed, as the paper has it by default."

    @check("exact")
    def rows_sum_to_one_at_first(self) -> Outcome:
        """With zero scores the weights of a token sum to L / (L + 1) by bias −log L, and to L / 2 by bias 0."""
        sums = []
        for bias in (None, 0.0):
            attention = block(bias=bias)
            nn.init.zeros_(attention.qkv.weight)
            nn.init.zeros_(attention.qkv.bias)
            # Values of 1 and a projection that changes nothing let the sums of weights come out.
            nn.init.ones_(attention.qkv.bias[2 * DIM :])
            nn.init.eye_(attention.proj.weight)
            nn.init.zeros_(attention.proj.bias)
            sums.append(attention(torch.randn(2, LENGTH, DIM)))
        return agree("bias −log L", sums[0], torch.full_like(sums[0], LENGTH / (LENGTH + 1))) & agree(
            "bias 0", sums[1], torch.full_like(sums[1], LENGTH / 2)
        )

    @check("exact")
    def equivariant(self) -> Outcome:
        """Permuting the tokens permutes the outputs."""
        x, order = torch.randn(2, LENGTH, DIM), torch.randperm(LENGTH)
        attention = block()
        return agree("permuted before and after", attention(x[:, order]), attention(x)[:, order])

    @check("exact")
    def keys_do_not_compete(self) -> Outcome:
        """Each output is the sum of what every token alone would give: weights do not depend on other keys."""
        attention = block(bias=-math.log(8))
        nn.init.zeros_(attention.proj.bias)
        x = torch.randn(2, 8, DIM)
        parts = [attention(x, torch.eye(8)[at].expand(2, -1)) for at in range(8)]
        return agree("sum over single keys", torch.stack(parts).sum(0), attention(x))

    @check("small", minutes=2)
    def trains_like_softmax(self, lab: Lab) -> Outcome:
        """A byte transformer with sigmoid attention predicts a text at most 0.05 bits worse than with softmax."""
        design = registry.get("design", "byte_transformer").obj()
        other = swapped(design, "self_attention", "sigmoid_attention")
        return compared_on_text(lab, {"sigmoid": (other, SMALL), "softmax": (design, SMALL)}, margin=0.05)
