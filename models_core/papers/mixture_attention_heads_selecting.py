"""Mixture of attention heads."""

from __future__ import annotations

import math
from unittest import mock

import torch
from torch import nn

from models_core.blocks.attention import mixture_of_heads
from models_core.blocks.attention.mixture_of_heads import MixtureOfHeads
from models_core.registry import Source, register

from . import Outcome, Paper, agree, check


@register(
    "paper",
    id="mixture-attention-heads-selecting",
    family="attention",
    source=Source(
        "Xiaofeng Zhang, Yikang Shen, Zeyu Huang, Jie Zhou, Wenge Rong, Zhang Xiong",
        "Mixture of Attention Heads: Selecting Attention Heads Per Token",
        2022,
        "https://arxiv.org/abs/2210.05144",
    ),
)
class MixtureOfAttentionHeads(Paper):
    """Heads are experts: a router picks a few for every token, and all share keys and values."""

    claim = "Parameters grow with the heads there are, computation with the heads that are picked"
    entries = ("block/mixture_of_heads",)
    empirical = False
    notes = "What is checked is the construction; the paper's translation scores are not measured."

    @check("exact")
    def all_alike_is_multi_query(self) -> Outcome:
        """With all heads picked at equal gates it is multi-query attention divided by the number of heads."""
        torch.manual_seed(0)
        block = MixtureOfHeads(16, 4, 4, 8)
        nn.init.zeros_(block.router.weight)
        x = torch.randn(2, 10, 16)
        k, v = block.kv(x).chunk(2, -1)
        total = torch.zeros_like(x)
        for q, o in zip(block.wq, block.wo, strict=True):
            total = total + (x @ q @ k.transpose(1, 2) / math.sqrt(8)).softmax(-1) @ v @ o
        return agree("outputs", block(x).out, total / 4)

    @check("exact")
    def sparse_is_dense(self) -> Outcome:
        """The path that computes picked heads alone gives what the dense reference gives, forward and backward."""
        torch.manual_seed(0)
        block = MixtureOfHeads(16, 5, 2, 8, causal=True)
        found = []
        for static in (False, True):
            x = torch.randn(2, 10, 16, generator=torch.Generator().manual_seed(1), requires_grad=True)
            block.zero_grad()
            with mock.patch.object(mixture_of_heads, "must_be_static", lambda _, static=static: static):
                y = block(x).out
            y.square().sum().backward()
            found.append([y, x.grad, *(parameter.grad for parameter in block.parameters())])
        names = ("output", "input's gradient", *(f"gradient of {name}" for name, _ in block.named_parameters()))
        outcome = Outcome(True, "both paths")
        for name, sparse, dense in zip(names, *found, strict=True):
            outcome &= agree(name, sparse, dense)
        return outcome

    @check("exact")
    def cost_follows_the_picked(self) -> Outcome:
        """Twice the heads cost only the router's share more; twice the picked cost nearly twice."""
        costs = {(n, k): MixtureOfHeads(64, n, k, 16).cost([(1, 32, 64)]).macs for n, k in ((8, 2), (16, 2), (16, 4))}
        sizes = [sum(p.numel() for p in MixtureOfHeads(64, n, 2, 16).parameters()) for n in (8, 16)]
        router = 32 * 64 * 8
        right = costs[16, 2] - costs[8, 2] == router and costs[16, 4] > 1.5 * costs[16, 2] and sizes[1] > 1.8 * sizes[0]
        return Outcome(right, f"{costs} MACs, {sizes} parameters")

    @check("exact")
    def unpicked_heads_rest(self) -> Outcome:
        """Heads that no token picks get no gradient."""
        torch.manual_seed(0)
        block = MixtureOfHeads(16, 6, 1, 8)
        block(torch.randn(1, 3, 16)).out.sum().backward()
        assert block.wq.grad is not None
        touched = int((block.wq.grad.abs().sum((1, 2)) > 0).sum())
        return Outcome(0 < touched <= 3, f"{touched} of 6 heads have a gradient for 3 tokens")
