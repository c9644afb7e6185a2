"""Structured feed-forward layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models_core.blocks.attention.self_attention import SelfAttention
from models_core.blocks.basic._structured import Structured
from models_core.blocks.basic.block_dense_linear import BlockDenseLinear
from models_core.blocks.basic.block_shuffle_linear import BlockShuffleLinear
from models_core.blocks.basic.low_rank_linear import LowRankLinear
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check
from ._sequences import Reader, contest, digits_as_sequence, judged


def layers(guide_steps: int = 0) -> dict[str, Structured]:
    torch.manual_seed(0)
    return {
        "low rank": LowRankLinear(16, 24, 6, False, guide_steps).double(),
        "block shuffle": BlockShuffleLinear(16, 24, 4, False, guide_steps).double(),
        "block dense": BlockDenseLinear(16, 24, 6, 2, False, guide_steps).double(),
    }


class Layer(nn.Module):
    """Attention and then a feed-forward part of two low-rank matrices, guided or not."""

    def __init__(self, guide_steps: int) -> None:
        super().__init__()
        self.attn, self.norm = SelfAttention(24, 3), nn.LayerNorm(24)
        self.up = LowRankLinear(24, 96, 6, guide_steps=guide_steps)
        self.down = LowRankLinear(96, 24, 6, guide_steps=guide_steps)

    def forward(self, x: Tensor) -> Tensor:
        y = self.attn(x)
        return y + self.down(nn.functional.gelu(self.up(self.norm(y))))


@register(
    "paper",
    id="building-efficient-foundations-effectively",
    family="feedforward",
    source=Source(
        "Xiuying Wei, Skander Moalla, Razvan Pascanu, Caglar Gulcehre",
        "Building on Efficient Foundations: Effectively Training LLMs with Structured Feedforward Layers",
        2024,
        "https://arxiv.org/abs/2406.16450",
    ),
)
class StructuredFeedForward(Paper):
    """Linear layers whose matrix is a product of low-rank or block-diagonal ones, trained beside a fading dense one."""

    claim = (
        "With 32 % of the FFN's parameters a 1.3 B model is 2.5 times faster at a small loss, less with self-guiding"
    )
    entries = ("block/low_rank_linear", "block/block_shuffle_linear", "block/block_dense_linear")
    notes = (
        "Language models of up to 1.3 B parameters and their speed are not repeated: self-guiding is compared on "
        "digits read row by row, in two layers of width 24. Merging for decoding is the layers' method `merged`. The "
        "guide begins as the product itself, so that it may fade from the first step on; the paper begins with a dense "
        "layer's usual numbers."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """Parameters: r (m + n) low rank, m r / b + r n block dense, (m + n) min(m, n) / b block shuffle."""
        found = [sum(p.numel() for p in layer.parameters()) for layer in layers().values()]
        expected = [6 * (16 + 24), (16 + 24) * 16 // 4, 16 * 6 // 2 + 6 * 24]
        return Outcome(found == expected, f"{found} parameters, expected {expected}")

    @check("exact")
    def merged(self) -> Outcome:
        """The dense layer merged of the factors gives the same output, and has the rank of the factors."""
        outcome = Outcome(True, "16 to 24 features")
        x = torch.randn(5, 16, dtype=torch.float64)
        for name, layer in layers().items():
            dense = layer.merged()
            rank = int(torch.linalg.matrix_rank(dense.weight.detach()))
            outcome &= agree(name, layer(x), dense(x))
            outcome &= Outcome(rank == (16 if name == "block shuffle" else 6), f"rank {rank}")
        return outcome

    @check("exact")
    def guide(self) -> Outcome:
        """At share 1 it is the dense layer, at 0 the dense matrix changes nothing; the share falls from 1 to 0."""
        outcome, x = Outcome(True, "guided for 10 steps"), torch.randn(5, 16, dtype=torch.float64)
        for name, layer in layers(guide_steps=10).items():
            with torch.no_grad():
                layer.guide.normal_()
            outcome &= agree(f"{name} at 1", layer.eval()(x), x @ layer.guide.T)
            shares = []
            for _ in range(10):
                shares.append(float(layer.share()))
                layer.train()(x)
            falls = all(one > two for one, two in zip(shares, [*shares[1:], float(layer.share())], strict=True))
            outcome &= Outcome(falls and float(layer.share()) == 0, f"share {shares[0]:.2f} to {float(layer.share())}")
            outcome &= agree(f"{name} at 0", layer.eval()(x), x @ layer.dense().T)
        return outcome

    @check("exact")
    def guide_starts_unseen(self) -> Outcome:
        """At the start the guide is the product itself, so that whatever its share, the output is the same."""
        outcome, x = Outcome(True, "before training"), torch.randn(5, 16, dtype=torch.float64)
        for name, layer in layers(guide_steps=10).items():
            before = layer.eval()(x)
            layer.progress.fill_(5)
            outcome &= agree(name, layer(x), before)
        return outcome

    @check("exact")
    def guided_merges(self) -> Outcome:
        """Halfway through being guided, the merged layer gives the same output, too, and is one dense matrix."""
        outcome, x = Outcome(True, "5 of 10 steps"), torch.randn(5, 16, dtype=torch.float64)
        for name, layer in layers(guide_steps=10).items():
            with torch.no_grad():
                layer.guide.normal_()
            layer.progress.fill_(5)
            dense = layer.eval().merged()
            sizes = [tuple(param.shape) for param in dense.parameters()]
            outcome &= agree(name, dense(x), layer(x)) & Outcome(sizes == [(24, 16)], f"{sizes}")
        return outcome

    @check("small", minutes=2)
    def guiding_helps(self, lab: Lab) -> Outcome:
        """Reading digits row by row, guided low-rank layers are right no less often than unguided ones."""
        nets = {
            "guided": lambda: Reader(8, 10, lambda: Layer(150), width=24),
            "unguided": lambda: Reader(8, 10, lambda: Layer(0), width=24),
        }
        found = contest(lab, nets, digits_as_sequence(lab, 8), steps=300)
        return judged(found, "share of digits right")
