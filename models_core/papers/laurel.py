"""LAuReL."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared_on_text

SMALL = {"width": 64, "depth": 4, "head_width": 16, "rank": 4}
PLAIN = {"width": 64, "depth": 4, "head_width": 16, "dropout": 0.0}
FACTS = {"text": {"vocab": 256, "length": 24}}


@register(
    "paper",
    id="laurel",
    family="connection",
    source=Source(
        "Gaurav Menghani, Ravi Kumar, Sanjiv Kumar",
        "LAuReL: Learned Augmented Residual Layer",
        2024,
        "https://arxiv.org/abs/2411.07501",
    ),
)
class Laurel(Paper):
    """Shortcuts that weigh both sides, add a low-rank product of what goes around, and sum up earlier activations."""

    claim = "ResNet-50 gains 60 % of what one more layer gives, with 0.003 % more parameters"
    entries = ("design/laurel_transformer", "block/weighted_sum")
    notes = (
        "In a transformer instead of the paper's ResNet-50, with all three forms at once; a learned number, 0 at "
        "first, weighs the low-rank product, where the paper begins with small matrices."
    )

    @check("exact")
    def begins_as_a_plain_transformer(self) -> Outcome:
        """With its first weights it gives what the plain transformer gives."""
        torch.manual_seed(0)
        learned = build(registry.get("design", "laurel_transformer").obj(), FACTS, SMALL).eval()
        plain = build(registry.get("design", "byte_transformer").obj(), FACTS, PLAIN).eval()
        known = plain.state_dict().keys()
        plain.load_state_dict({name: value for name, value in learned.state_dict().items() if name in known})
        tokens = torch.randint(0, 256, (2, 24))
        return agree("logits", learned(tokens), plain(tokens))

    @check("exact")
    def parameters(self) -> Outcome:
        """Block l of width D learns 2 (2 D r + 4) + l + 1 numbers more than a plain one: r is the rank."""
        learned, plain = (registry.get("design", name).obj() for name in ("laurel_transformer", "byte_transformer"))
        found = {}
        for depth, rank in ((1, 4), (4, 8)):
            more = analyze(learned, FACTS, {**SMALL, "depth": depth, "rank": rank}).total["params"]
            less = analyze(plain, FACTS, {**PLAIN, "depth": depth}).total["params"]
            found[depth, rank] = more - less
        right = all(
            count == sum(2 * (2 * 64 * rank + 4) + block + 1 for block in range(depth))
            for (depth, rank), count in found.items()
        )
        return Outcome(right, ", ".join(f"{n:,} at depth {d}, rank {r}" for (d, r), n in found.items()))

    @check("exact")
    def less_than_a_layer(self) -> Outcome:
        """At rank 4 and width 64 one more block adds more than 2.6 times what all learned shortcuts of four add."""
        learned, plain = (registry.get("design", name).obj() for name in ("laurel_transformer", "byte_transformer"))
        base, deeper = (analyze(plain, FACTS, {**PLAIN, "depth": d}).total["params"] for d in (4, 5))
        added = analyze(learned, FACTS, SMALL).total["params"] - base
        return Outcome(
            (deeper - base) / added > 2.6, f"{deeper - base:,} in one more block, {added:,} in the shortcuts"
        )

    @check("exact")
    def everything_learns(self) -> Outcome:
        """Both weights of a shortcut, that of its low-rank part and those of earlier blocks have a gradient at once."""
        torch.manual_seed(0)
        learned = build(registry.get("design", "laurel_transformer").obj(), FACTS, SMALL)
        learned(torch.randint(0, 256, (2, 24))).square().mean().backward()
        kinds = ("weigh.weight", "around.weight", "earlier.weight")
        grads = [p.grad for name, p in learned.named_parameters() if name.endswith(kinds)]
        right = len(grads) == 20 and all(grad is not None and bool((grad != 0).all()) for grad in grads)
        return Outcome(right, f"{len(grads)} weights of 4 blocks")

    @check("small", minutes=3)
    def better_at_equal_depth(self, lab: Lab) -> Outcome:
        """At the same depth and number of steps it predicts a text no worse than a plain transformer."""
        learned, plain = (registry.get("design", name).obj() for name in ("laurel_transformer", "byte_transformer"))
        return compared_on_text(lab, {"learned": (learned, SMALL), "plain": (plain, PLAIN)})
