"""DenseFormer."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.analysis import analyze
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
    notes = "The paper's dilation and period, which make the averages cheaper, are not here."

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
