"""DenseFormer."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.blocks.connection.weighted_sum import WeightedSum
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared_on_text

SMALL = {"width": 64, "depth": 4, "head_width": 16}
PLAIN = {**SMALL, "dropout": 0.0}
FACTS = {"text": {"vocab": 256, "length": 24}}


@register(
    "paper",
    id="denseformer",
    family="connection",
    source=Source(
        "Matteo Pagliardini, Amirkeivan Mohtashami, François Fleuret, Martin Jaggi",
        "DenseFormer: Enhancing Information Flow in Transformers via Depth Weighted Averaging",
        2024,
        "https://arxiv.org/abs/2402.02622",
    ),
)
class DenseFormer(Paper):
    """After every block a learned average of its output and all before it; a few numbers make a deeper model's work."""

    claim = "A few thousand parameters more, even at 100 B, reach the perplexity of much deeper transformers"
    entries = ("design/denseformer", "block/weighted_sum")
    notes = (
        "Measured on 30,000 bytes of made-up sentences with 4 blocks of width 64; the passes over them were made more "
        "after a first look, at which no network had learned more than the shares of letters."
    )

    @check("exact")
    def begins_as_a_plain_transformer(self) -> Outcome:
        """With its first weights it gives what the plain transformer gives."""
        torch.manual_seed(0)
        dense = build(registry.get("design", "denseformer").obj(), FACTS, SMALL).eval()
        plain = build(registry.get("design", "byte_transformer").obj(), FACTS, PLAIN).eval()
        state = {name.replace(".block.", "."): value for name, value in dense.state_dict().items()}
        plain.load_state_dict({name: value for name, value in state.items() if not name.endswith("average.weight")})
        tokens = torch.randint(0, 256, (2, 24))
        return agree("logits", dense(tokens), plain(tokens))

    @check("exact")
    def scalars(self) -> Outcome:
        """At depth d it learns d (d + 3) / 2 numbers more than a plain transformer."""
        dense, plain = (registry.get("design", name).obj() for name in ("denseformer", "byte_transformer"))
        found = {}
        for depth in (1, 4, 7):
            totals = [analyze(design, variables={**SMALL, "depth": depth}).total["params"] for design in (dense, plain)]
            found[depth] = totals[0] - totals[1]
        right = all(more == depth * (depth + 3) // 2 for depth, more in found.items())
        return Outcome(right, ", ".join(f"{more} at depth {depth}" for depth, more in found.items()))

    @check("exact")
    def dilation_and_period(self) -> Outcome:
        """With dilation k and period p, only every p-th block i has an average, of (i + 1) / k numbers rounded up."""
        dense, plain = (registry.get("design", name).obj() for name in ("denseformer", "byte_transformer"))
        less = analyze(plain, variables={**SMALL, "depth": 8}).total["params"]
        found, expected = [], []
        for dilation, period in ((1, 1), (2, 1), (1, 3), (4, 5)):
            sizes = {**SMALL, "depth": 8, "dilation": dilation, "period": period}
            found.append(analyze(dense, variables=sizes).total["params"] - less)
            expected.append(sum(-(-(at + 1) // dilation) for at in range(period, 9, period)))
        sums = WeightedSum(6, dilation=4).double()
        torch.nn.init.normal_(sums.weight)
        xs = [torch.randn(2, 3, dtype=torch.float64) for _ in range(6)]
        outcome = agree("dilated by 4", sums(*xs), sums.weight[0] * xs[1] + sums.weight[1] * xs[5])
        return outcome & Outcome(found == expected, f"{found} numbers, {expected} expected")

    @check("exact")
    def looks_back_at_all(self) -> Outcome:
        """The last average has a gradient for the embeddings and for the output of every block before it."""
        torch.manual_seed(0)
        dense = build(registry.get("design", "denseformer").obj(), FACTS, SMALL)
        dense(torch.randint(0, 256, (2, 24))).square().mean().backward()
        last = dense.get_parameter("blocks.3.average.weight").grad
        assert last is not None
        return Outcome(len(last) == 5 and bool((last != 0).all()), f"gradients {[f'{g:.1e}' for g in last.tolist()]}")

    @check("small", minutes=3)
    def better_at_equal_depth(self, lab: Lab) -> Outcome:
        """At the same depth and number of steps it predicts a text no worse than a plain transformer."""
        dense, plain = (registry.get("design", name).obj() for name in ("denseformer", "byte_transformer"))
        return compared_on_text(lab, {"averages": (dense, SMALL), "plain": (plain, PLAIN)})
