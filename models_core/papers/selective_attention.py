"""Selective attention: temperatures of one's own."""

from __future__ import annotations

import itertools

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.attention.selective_attention import SelectiveAttention
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, swapped
from ._bytes import fewer_bits


@register(
    "paper",
    id="selective-attention",
    family="attention",
    source=Source(
        "Xuechen Zhang, Xiangyu Chang, Mingchen Li, Amit Roy-Chowdhury, Jiasi Chen, Samet Oymak",
        "Selective Attention: Enhancing Transformer through Principled Context Control",
        2024,
        "https://arxiv.org/abs/2411.12892",
    ),
)
class Selective(Paper):
    """Each token has a temperature for its query and one for its value, told from its content and its position."""

    claim = "Temperatures of queries and values, shared in part, improve language models at under 0.5 % more parameters"
    entries = ("block/selective_attention",)
    notes = (
        "The exact form of the small projections is a reading of the abstract: one shared, one per head on top of it. "
        "An earlier measurement was of 50 steps, in which neither network learned to look back."
    )

    @check("exact")
    def one_is_plain(self) -> Outcome:
        """With both temperatures at 1 it is standard attention."""
        torch.manual_seed(0)
        ours = SelectiveAttention(32, 4, causal=True)
        nn.init.zeros_(ours.sharpness.weight)
        nn.init.zeros_(ours.worth.weight)
        theirs = registry.get("block", "self_attention").obj(32, heads=4, causal=True)
        theirs.load_state_dict(
            {name: value for name, value in ours.state_dict().items() if name in theirs.state_dict()}
        )
        x = torch.randn(2, 24, 32)
        return agree("outputs", ours(x), theirs(x))

    @check("exact")
    def sharper(self) -> Outcome:
        """The higher the temperature of the queries, the lower the entropy of every token's weights."""
        torch.manual_seed(0)
        x = torch.randn(2, 24, 32)
        attention = SelectiveAttention(32, 4)
        nn.init.zeros_(attention.sharpness.weight)
        entropies = []
        for by_position in (0.0, 0.25, 0.5, 1.0):
            nn.init.constant_(attention.by_position, by_position)
            weights = attention.weights(x)
            entropies.append(-(weights * weights.clamp(min=1e-12).log()).sum(-1))
        # The logarithm of the first place is 0: its temperature stays at 1.
        falls = all(bool((after < before)[..., 1:].all()) for before, after in itertools.pairwise(entropies))
        first = agree("the first token's", entropies[-1][..., 0], entropies[0][..., 0])
        return first & Outcome(falls, f"mean entropies {', '.join(f'{one.mean():.3f}' for one in entropies)}")

    @check("exact")
    def few_more_parameters(self) -> Outcome:
        """In a decoder of GPT-2's size (a block of width 768), it adds less than 0.5 % parameters."""
        design = registry.get("design", "byte_transformer").obj()
        size = {"width": 768, "depth": 1, "head_width": 64}
        plain = analyze(design, variables=size).total["params"]
        ours = analyze(swapped(design, "self_attention", "selective_attention"), variables=size).total["params"]
        share = ours / plain - 1
        return Outcome(0 < share < 0.005, f"{ours - plain:,} parameters more, {share:.2%} of {plain:,}")

    @check("small", minutes=2)
    def no_worse(self, lab: Lab) -> Outcome:
        """A byte transformer with it predicts a text no worse than a plain one."""
        design = registry.get("design", "byte_transformer").obj()
        other = swapped(design, "self_attention", "selective_attention")
        return fewer_bits(lab, {"selective": other, "plain": design})
