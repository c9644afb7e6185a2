"""Flowformer."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from models_core.blocks.attention.flow_attention import EPS, FlowAttention, causal_flow, conserved, whole_flow
from models_core.blocks.attention.self_attention import SelfAttention
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, digits_as_sequence, judged


def drawn() -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(0)
    q, k = (torch.rand(2, 17, 3, 4, dtype=torch.float64) for _ in range(2))
    return q, k, torch.randn(2, 17, 3, 5, dtype=torch.float64)


def by_pairs(q: Tensor, k: Tensor, v: Tensor, *, causal: bool) -> Tensor:
    """The same formula with every pair of tokens written out."""
    length = q.shape[1]
    q, k, v = (part.transpose(1, 2) for part in (q, k, v))
    seen = torch.ones(length, length, dtype=q.dtype)
    seen = seen.tril() if causal else seen
    count = seen.sum(1)[:, None] if causal else torch.ones(length, 1, dtype=q.dtype)

    def total(part: Tensor) -> Tensor:
        return torch.einsum("ij,nhjk->nhik", seen, part) + EPS

    incoming = ((q + EPS) * total(k)).sum(-1, keepdim=True) / count
    outgoing = ((k + EPS) * total(q)).sum(-1, keepdim=True) / count
    sink = ((q + EPS) * total(k / outgoing)).sum(-1, keepdim=True) / count
    source = (((k + EPS) * total(q / incoming)).sum(-1, keepdim=True) / count).clamp(-1, 1).exp()
    competing = v * source / (torch.einsum("ij,nhjk->nhik", seen, source)) * seen.sum(1)[:, None]
    pairs = torch.einsum("nhik,nhjk->nhij", q / incoming / count, k) * seen
    return (pairs @ competing * sink.sigmoid()).transpose(1, 2)


@register(
    "paper",
    id="flowformer",
    family="attention",
    source=Source(
        "Haixu Wu, Jialong Wu, Jiehui Xu, Jianmin Wang, Mingsheng Long",
        "Flowformer: Linearizing Transformers with Conservation Flows",
        2022,
        "https://arxiv.org/abs/2202.06258",
    ),
)
class Flowformer(Paper):
    """Attention as a flow network: conserved flows make tokens compete, without a softmax over pairs."""

    claim = "Linear in length, and as good as softmax attention on long sequences, images, series and language"
    entries = ("block/flow_attention",)
    notes = "The causal form follows the authors' code, which stands counts of tokens in for the conserved capacities."

    @check("exact")
    def by_pairs(self) -> Outcome:
        """Both forms equal the same formula with all pairs written out."""
        given = drawn()
        return agree("all", whole_flow(*given), by_pairs(*given, causal=False), within=1e-6) & agree(
            "causal", causal_flow(*given), by_pairs(*given, causal=True), within=1e-6
        )

    @check("exact")
    def conserved(self) -> Outcome:
        """Divided by what flows, as the block does it, each sink takes in 1 and each source gives out 1."""
        q, k, _ = drawn()
        sinks, sources = conserved(q, k)
        taken = torch.einsum("nihk,njhk->nhi", sinks, k)
        given = torch.einsum("nihk,njhk->nhj", q, sources)
        ones = torch.ones_like(taken)
        return agree("sinks", taken, ones) & agree("sources", given, ones)

    @check("exact")
    def linear(self) -> Outcome:
        """MACs are exactly proportional to the length."""
        flops = []
        for length in (64, 128, 512):
            with FlopCounterMode(display=False) as counter, torch.inference_mode():
                FlowAttention(32, 4)(torch.randn(1, length, 32))
            flops.append(counter.get_total_flops())
        told = f"{[each // 2 for each in flops]} MACs at 64, 128 and 512 tokens"
        return Outcome(flops[1] == 2 * flops[0] and flops[2] == 8 * flops[0] > 0, told)

    @check("small", minutes=2)
    def beside_attention(self, lab: Lab) -> Outcome:
        """Reading digits row by row it is right no less often, within 2 %, than softmax attention."""
        nets = {
            "flow": lambda: Reader(8, 10, lambda: FlowAttention(32, 4)),
            "softmax": lambda: Reader(8, 10, lambda: SelfAttention(32, 4)),
        }
        found = contest(lab, nets, digits_as_sequence(lab, 8), steps=300)
        return judged(found, "share of digits right", margin=0.02)
