"""Low-rank multi-head attention pooling."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.attention.self_attention import SelfAttention
from models_core.blocks.recurrent.gru import GRU
from models_core.blocks.tokens.low_rank_attention_pool import LowRankAttentionPool
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import contest, digits_as_sequence, judged


class Pooled(nn.Module):
    """A GRU, a pooling of its states, and a linear head, whose logits stand at the last position."""

    def __init__(self, pool: nn.Module, features: int) -> None:
        super().__init__()
        self.gru, self.pool, self.head = GRU(8, 16, bidirectional=True), pool, nn.Linear(features, 10)

    def forward(self, x: Tensor) -> Tensor:
        logits = self.head(self.pool(self.gru(x)))
        return logits.unsqueeze(1).expand(-1, x.shape[1], -1)


class AttendedMean(nn.Module):
    """Self-attention with as many heads, and the mean of what it gives."""

    def __init__(self) -> None:
        super().__init__()
        self.attn = SelfAttention(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.attn(x).mean(1)


@register(
    "paper",
    id="low-rank-factorization-compact",
    family="attention",
    source=Source(
        "Sneha Mehta, Huzefa Rangwala, Naren Ramakrishnan",
        "Low Rank Factorization for Compact Multi-Head Self-Attention",
        2019,
        "https://arxiv.org/abs/1912.00835",
    ),
)
class LowRankAttention(Paper):
    """Pooling of recurrent states by several heads that score tokens against one context through a low-rank form."""

    claim = "As accurate at text classification as self-attention with heads as many, with a third of its parameters"
    entries = ("block/low_rank_attention_pool", "design/lama_text")
    notes = (
        "The published abstract gives no formula for the scores; a factorised bilinear form is built as it describes. "
        "The paper classifies texts; the comparison here is on digits read row by row."
    )

    @check("exact")
    def weights(self) -> Outcome:
        """Each head's weights sum to 1, and a token left out by the mask has none."""
        torch.manual_seed(0)
        block, x = LowRankAttentionPool(12, 5, 3), torch.randn(2, 9, 12)
        mask = torch.ones(2, 9)
        mask[:, 6:] = 0
        w = block.weights(x, mask)
        hidden = float(w[:, 6:].detach().max())
        return agree("sums", w.sum(1), torch.ones(2, 5)) & Outcome(hidden == 0, f"hidden weight {hidden}")

    @check("exact")
    def one_head(self) -> Outcome:
        """With rank 1 and one head it is attention pooling by one learned score vector."""
        torch.manual_seed(0)
        block, x = LowRankAttentionPool(12, 1, 1), torch.randn(2, 9, 12)
        vector = (block.p(block.context) * block.q.weight[0]).detach()
        return agree("pooling", block(x), ((x @ vector).softmax(1).unsqueeze(2) * x).sum(1))

    @check("exact")
    def low_rank(self) -> Outcome:
        """A head's score is context' P' Q x, a bilinear form of the given rank."""
        torch.manual_seed(0)
        block, x = LowRankAttentionPool(12, 2, 3).double(), torch.randn(1, 9, 12, dtype=torch.float64)
        weights, ranks = [], []
        for head in range(2):
            rows = slice(3 * head, 3 * head + 3)
            form = block.p.weight[rows].T @ block.q.weight[rows]
            ranks.append(int(torch.linalg.matrix_rank(form.detach())))
            weights.append((x @ form.T @ block.context).softmax(1))
        ranked = Outcome(ranks == [3, 3], f"ranks {ranks}")
        return agree("weights", block.weights(x), torch.stack(weights, 2)) & ranked

    @check("exact")
    def compact(self) -> Outcome:
        """Cost is linear in length; with 8 heads of rank 1 it has D + 16 D parameters, self-attention 4 D² + 4 D."""
        dim, flops = 64, []
        block = LowRankAttentionPool(dim, 8, 1)
        for length in (32, 64, 320):
            with torch.no_grad(), FlopCounterMode(display=False) as counter:
                block.weights(torch.randn(1, length, dim)).transpose(1, 2) @ torch.randn(1, length, dim)
            flops.append(counter.get_total_flops() - 2 * dim * 8)
        sizes = [sum(p.numel() for p in part.parameters()) for part in (block, SelfAttention(dim, 8))]
        right = sizes == [17 * dim, 4 * dim * dim + 4 * dim] and flops[1] == 2 * flops[0] and flops[2] == 10 * flops[0]
        return Outcome(right, f"{sizes[0]} and {sizes[1]} parameters; {[each // 2 for each in flops]} MACs")

    @check("exact")
    def heads_side_by_side(self) -> Outcome:
        """In the text classifier a head costs 2 r D for its scores at rank r and width D, and D for each class."""
        design, wide = registry.get("design", "lama_text").obj(), 2 * 128
        found = [analyze(design, variables={"heads": heads, "rank": 2}).total["params"] for heads in (1, 2, 8)]
        each = 2 * 2 * wide + 2 * wide
        more = [found[1] - found[0], found[2] - found[0]]
        return Outcome(
            more == [each, 7 * each], f"{more} parameters more with 2 and 8 heads, {[each, 7 * each]} expected"
        )

    @check("small", minutes=2)
    def beside_self_attention(self, lab: Lab) -> Outcome:
        """Over a GRU that reads digits row by row it is right no less often, within 2 %, than self-attention."""
        nets = {
            "low rank": lambda: Pooled(LowRankAttentionPool(32, 4, 1), 128),
            "self-attention": lambda: Pooled(AttendedMean(), 32),
        }
        found = contest(lab, nets, digits_as_sequence(lab, 8), steps=300)
        return judged(found, "share of digits right", margin=0.02)
