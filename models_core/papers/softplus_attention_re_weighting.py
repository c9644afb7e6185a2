"""Softplus attention."""

from __future__ import annotations

import itertools
import math

import torch

from models_core import registry
from models_core.blocks.attention.softplus_attention import SoftplusAttention
from models_core.compile import build
from models_core.design import Design
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, names_text, swapped

SMALL = {"width": 64, "depth": 2, "head_width": 16, "dropout": 0.0, "positions": "sinusoidal"}
SHORT, LONG = 64, 512


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
        "log of the keys seen, and a free share of the mean. Positions here are absolute, unlike the paper's."
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

    @check("small", minutes=2)
    def longer_than_trained(self, lab: Lab) -> Outcome:
        """From 128 bytes, as trained, to 512, the loss grows less with softplus than with softmax."""
        base = registry.get("design", "byte_transformer").obj()
        made = {"softplus": swapped(base, "self_attention", "softplus_attention"), "softmax": base}
        held = torch.tensor(list(names_text(70_000, seed=1).encode()[-8 * LONG - 1 :]))
        growth: dict[str, list[float]] = {name: [] for name in made}
        for name, design in made.items():
            for seed in lab.seeds:
                run = lab.train(design, lab.text(30_000), seed=seed, variables=SMALL, epochs=4, batch_size=16)
                state = run.module.state_dict()
                losses = [held_loss(design, state, held, length) for length in (128, LONG)]
                growth[name].append((losses[1] - losses[0]) / math.log(2))
        means = {name: sum(values) / len(values) for name, values in growth.items()}
        apart = means["softmax"] - means["softplus"]
        spread = max(max(values) - min(values) for values in growth.values())
        confirmed = True if apart > 0 else None if -apart < spread else False
        figure = ", ".join(f"{name} {mean:+.3f}" for name, mean in means.items())
        return Outcome(confirmed, f"bits per byte more at 512 bytes than at 128: {figure}", dict(growth))


def held_loss(design: Design, state: dict[str, torch.Tensor], text: torch.Tensor, length: int) -> float:
    """Mean loss (nats) over a held-out text read in pieces of that length."""
    module = build(design, {"text": {"vocab": 256, "length": length}}, SMALL).eval()
    module.load_state_dict(state)
    n = (len(text) - 1) // length
    given, wanted = text[: n * length].view(n, length), text[1 : n * length + 1].view(n, length)
    with torch.inference_mode():
        logits = module(given)
    return float(torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten()))
