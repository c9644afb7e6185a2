"""Activator."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared

SMALL = {"width": 64, "depth": 2, "patch": 4}


@register(
    "paper",
    id="activator",
    family="mlp",
    source=Source(
        "Abdullah Nazhat Abdullah, Tarkan Aydin",
        "Activator: GLU Activations as The Core Functions of a Vision Transformer",
        2024,
        "https://arxiv.org/abs/2405.15953",
    ),
)
class Activator(Paper):
    """A vision transformer in which gated linear units stand for attention, and for the feed-forward part if wished."""

    claim = "Gated linear units alone reach competitive accuracy at a lower cost than attention"
    entries = ("block/glu_mlp", "design/activator")
    notes = (
        "Widths and the axis of the gated unit are options here; which of them the paper's tables used is uncertain. "
        "The measurements are of units along the tokens; along the channels alone no token would learn of another."
    )

    @check("exact")
    def linear_in_tokens(self) -> Outcome:
        """Along the channels a block costs 11 d² multiply-adds per token: four times the tokens, four times all."""
        design = registry.get("design", "activator").obj()
        width, depth, costs = 192, 6, []
        for size in (32, 64):
            total = analyze(design, variables={"axis": "channels", "image_size": size}).total["macs"]
            costs.append(total - width * 10)
            tokens = (size // 4) ** 2
            assert costs[-1] == tokens * (48 * width + depth * 11 * width**2), f"{total:,} MACs at {size}"
        return Outcome(costs[1] == 4 * costs[0], f"{costs[0]:,} MACs for 64 tokens, {costs[1]:,} for 256")

    @check("exact")
    def smaller_than_a_transformer(self) -> Outcome:
        """Without feed-forward parts it has fewer parameters than a transformer of the same width and depth."""
        ours = analyze(registry.get("design", "activator").obj(), variables={"feed_forward": False}).total["params"]
        vit = analyze(registry.get("design", "vit").obj()).total["params"]
        return Outcome(ours < vit / 2, f"{ours:,} parameters, the transformer {vit:,}")

    @check("exact")
    def tokens_meet_along_one_axis_only(self) -> Outcome:
        """The unit mixes tokens along their axis; along the channels every token stays by itself."""
        torch.manual_seed(0)
        unit = registry.get("block", "glu_mlp").obj(64)
        x, order = torch.randn(2, 64, 64), torch.randperm(64)
        outcome = agree("tokens permuted, along channels", unit(x[:, order]), unit(x)[:, order])
        module = build(registry.get("design", "activator").obj(), variables={**SMALL, "feed_forward": False}).eval()
        seen: list[torch.Tensor] = []
        module.get_submodule("norm").register_forward_hook(lambda _, args, out: seen.append(out))
        image = torch.randn(1, 3, 32, 32)
        module(image)
        image[:, :, :4, :4] += 1
        module(image)
        moved = int(((seen[0] - seen[1]).abs().amax((0, 2)) > 1e-6).sum())
        return outcome & Outcome(moved == 64, f"one patch moves {moved} of 64 tokens when they are mixed")

    @check("small", minutes=2)
    def near_a_transformer(self, lab: Lab) -> Outcome:
        """A small one classifies digits at most one point below a transformer of the same width and depth."""
        return compared(
            lab,
            {
                "activator": (registry.get("design", "activator").obj(), SMALL),
                "transformer": (registry.get("design", "vit").obj(), {"depth": 2, "width": 64, "head_width": 16}),
            },
            "digits",
            margin=0.01,
            epochs=8,
        )

    @check("small", minutes=2)
    def gated_units_alone(self, lab: Lab) -> Outcome:
        """Without feed-forward parts as well, it classifies small digits at most one point below that transformer."""
        size = {"image_size": 16}
        return compared(
            lab,
            {
                "gated units alone": (
                    registry.get("design", "activator").obj(),
                    {**SMALL, **size, "feed_forward": False},
                ),
                "transformer": (
                    registry.get("design", "vit").obj(),
                    {"depth": 2, "width": 64, "head_width": 16, **size},
                ),
            },
            "digits",
            margin=0.01,
            epochs=8,
        )
