"""Mixture of attention heads."""

from __future__ import annotations

import math
from unittest import mock

import torch
from torch import Tensor, nn

from models_core.blocks.attention import mixture_of_heads
from models_core.blocks.attention.mixture_of_heads import MixtureOfHeads
from models_core.blocks.attention.self_attention import SelfAttention
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, digits_as_sequence, judged


class Picked(MixtureOfHeads):
    """What its heads give, without the loss."""

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]  # one output instead of two
        return super().forward(x).out


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

    claim = "Better than attention whose heads all work, as parameters grow with the heads there are, not computation"
    entries = ("block/mixture_of_heads",)
    notes = (
        "The paper's translation and language models are not repeated: the comparison is on digits read by rows, and "
        "the losses for even use and small scores, whose weights are the paper's as far as known, play no part in it."
    )

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

    @check("exact")
    def losses(self) -> Outcome:
        """The loss is λ n Σ f P over heads, of shares of picks and mean probabilities, plus μ times mean logsumexp²."""
        torch.manual_seed(0)
        block, x = MixtureOfHeads(16, 6, 2, 8, balance=0.3, router_z=0.2), torch.randn(3, 7, 16)
        logits = (x @ block.router.weight.T).flatten(0, 1)
        scores = logits.softmax(-1)
        share = torch.zeros(6)
        for token in scores:
            share[token.topk(2).indices] += 1 / (2 * len(scores))
        even = 6 * (share * scores.mean(0)).sum()
        return agree("loss", block(x)[1], 0.3 * even + 0.2 * logits.logsumexp(1).square().mean())

    @check("small", minutes=2)
    def beside_self_attention(self, lab: Lab) -> Outcome:
        """Reading digits row by row, 4 heads of 8 are right as often, within 2 %, as all 4 heads, with fewer MACs."""
        nets = {
            "picked": lambda: Reader(8, 10, lambda: Picked(32, 8, 4, 8), positions=8),
            "all": lambda: Reader(8, 10, lambda: SelfAttention(32, 4), positions=8),
        }
        macs = MixtureOfHeads(32, 8, 4, 8).cost([(1, 8, 32)]).macs, SelfAttention(32, 4).cost([(1, 8, 32)])
        found = contest(lab, nets, digits_as_sequence(lab, 8), steps=300)
        fewer = Outcome(macs[0] <= macs[1], f"{macs[0]:,} and {macs[1]:,} MACs a layer")
        return judged(found, "share of digits right", margin=0.02) & fewer
