"""Hourglass MLP: wide shortcuts, narrow insides."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.design import Design
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared
from ._lab import spread

HOURGLASS: dict[str, Any] = {"width": 256, "hidden": 16, "depth": 4, "lift": "frozen"}
CONVENTIONAL: dict[str, Any] = {"width": 48, "hidden": 96, "depth": 4, "lift": "frozen"}
BUDGETS = (20_000, 40_000, 80_000)
"""Of trainable parameters; what is inside a block is made as wide as they allow."""
SHAPES = {"wide outside": ((128, 4), (256, 2)), "wide inside": ((32, 4), (40, 2))}
"""Width of the shortcuts, and blocks."""


def within(design: Design, facts: Mapping[str, Any], budget: int, width: int, depth: int) -> dict[str, Any]:
    """The shape of that width and depth whose insides are as wide as the budget allows."""
    shape = {"width": width, "depth": depth, "lift": "frozen"}
    one, two = (
        analyze(design, facts=facts, variables={**shape, "hidden": hidden}).total["trainable_params"]
        for hidden in (1, 2)
    )
    return {**shape, "hidden": 1 + int((budget - one) / (two - one))}


@register(
    "paper",
    id="rethinking-shape-convention-mlp",
    family="mlp",
    source=Source(
        "Meng-Hsi Chen, Yu-Ang Lee, Feng-Ting Liao, Da-shan Shiu",
        "Rethinking the shape convention of an MLP",
        2025,
        "https://arxiv.org/abs/2510.01796",
    ),
)
class HourglassMlp(Paper):
    """Residual MLPs with wide shortcuts and narrow insides, behind a lift that may stay random."""

    claim = (
        "Wide-narrow-wide MLPs reach better Pareto frontiers than narrow-wide-narrow ones; the lift need not be trained"
    )
    entries = ("block/random_projection", "design/hourglass_mlp")
    notes = (
        "The paper's tasks are generative (denoising, super-resolution) and ImageNet; digits are classified here. Two "
        "shapes of each kind stand for the paper's search, and digits leave little room between them."
    )

    @check("exact")
    def weights_of_a_block(self) -> Outcome:
        """A block's two matrices have 2 × width × hidden weights."""
        nodes = analyze(registry.get("design", "hourglass_mlp").obj(), variables=HOURGLASS).nodes
        found = nodes["blocks.0.mlp"]["params"] - 16 - 256
        return Outcome(found == 2 * 256 * 16, f"{found:,} weights without biases, 2 × 256 × 16 expected")

    @check("exact")
    def the_identity_while_the_second_matrix_is_zero(self) -> Outcome:
        """With W2 = 0 all blocks pass on the lifted pixels."""
        torch.manual_seed(0)
        module = build(registry.get("design", "hourglass_mlp").obj(), variables=HOURGLASS).eval()
        for name, param in module.named_parameters():
            if ".mlp.fc2." in name:
                nn.init.zeros_(param)
        x = torch.randn(3, 1, 28, 28)
        lifted = module.get_submodule("lift")(x.flatten(1))
        want = module.get_submodule("head")(module.get_submodule("norm")(lifted))
        return agree("logits", module(x), want)

    @check("exact")
    def a_frozen_lift_trains_nothing(self) -> Outcome:
        """Frozen, the lift adds no trainable parameter; trained, it adds its matrix and a bias."""
        design = registry.get("design", "hourglass_mlp").obj()
        frozen, trained = (
            analyze(design, variables={**HOURGLASS, "lift": lift}).total["trainable_params"]
            for lift in ("frozen", "trained")
        )
        return Outcome(trained - frozen == 256 * 785, f"{frozen:,} trainable parameters frozen, {trained:,} trained")

    @check("small", minutes=2)
    def wide_outside_is_better(self, lab: Lab) -> Outcome:
        """With as many trainable parameters, within a tenth, the hourglass classifies digits no worse."""
        design = registry.get("design", "hourglass_mlp").obj()
        facts = lab.dataset("digits").facts()
        ours, theirs = (
            analyze(design, facts=facts, variables=one).total["trainable_params"] for one in (HOURGLASS, CONVENTIONAL)
        )
        assert abs(ours - theirs) < 0.1 * theirs, f"{ours:,} and {theirs:,} parameters"
        return compared(
            lab,
            {"wide outside": (design, HOURGLASS), "wide inside": (design, CONVENTIONAL)},
            "digits",
            margin=0.0025,
            epochs=20,
        )

    @check("small", minutes=3)
    def frontier(self, lab: Lab) -> Outcome:
        """At three budgets of trainable parameters the best shape wide outside is no worse than any wide inside."""
        design = registry.get("design", "hourglass_mlp").obj()
        facts = lab.dataset("digits").facts()
        confirmed: bool | None = True
        rows, values = [], dict[str, list[float]]()
        for budget in BUDGETS:
            best = dict[str, tuple[str, list[float]]]()
            for name, sizes in SHAPES.items():
                for width, depth in sizes:
                    shape = within(design, facts, budget, width, depth)
                    assert (shape["hidden"] < width) == (name == "wide outside"), f"{shape} is not {name}"
                    runs = [lab.train(design, "digits", seed=seed, variables=shape, epochs=10) for seed in lab.seeds]
                    told, right = f"{width}-{shape['hidden']} x {depth}", [run.metrics["accuracy"] for run in runs]
                    values[f"{budget:,}: {told}"] = right
                    if name not in best or statistics.fmean(right) > statistics.fmean(best[name][1]):
                        best[name] = told, right
            ours, theirs = (best[name][1] for name in SHAPES)
            behind = statistics.fmean(theirs) - statistics.fmean(ours)
            if behind > 0:
                error = math.hypot(spread(ours), spread(theirs)) / math.sqrt(len(lab.seeds))
                confirmed = False if behind > 2 * error or confirmed is False else None
            shown = (f"{name} {told} {statistics.fmean(right):.4f}" for name, (told, right) in best.items())
            rows.append(f"{budget:,} parameters: {', '.join(shown)}")
        return Outcome(confirmed, f"accuracy on digits, {len(lab.seeds)} seeds, {'; '.join(rows)}", values)

    @check("small", minutes=1)
    def the_lift_may_stay_random(self, lab: Lab) -> Outcome:
        """With the lift left as it was drawn it classifies digits at most one point worse than with it trained."""
        design = registry.get("design", "hourglass_mlp").obj()
        lifts = {lift: (design, {**HOURGLASS, "lift": lift}) for lift in ("frozen", "trained")}
        return compared(lab, lifts, "digits", margin=0.01, epochs=20)
