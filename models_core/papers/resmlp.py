"""ResMLP."""

from __future__ import annotations

import torch
from torch import nn

from models_core import registry
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL = {"image_size": 32, "patch": 8, "width": 64, "depth": 3}


@register(
    "paper",
    id="resmlp",
    family="mlp",
    source=Source(
        "Hugo Touvron, Piotr Bojanowski, Mathilde Caron, Matthieu Cord and others",
        "ResMLP: Feedforward networks for image classification with data-efficient training",
        2021,
        "https://arxiv.org/abs/2105.03404",
    ),
)
class ResMlp(Paper):
    """Image models of linear layers: one matrix over the patches, an MLP over the channels, and no normalization."""

    claim = (
        "A residual network of linear layers alone, without statistics, trains well and classifies images competitively"
    )
    entries = ("block/affine", "design/resmlp_12_224", "design/resmlp_24_224", "design/resmlp_big_24_224")
    notes = (
        "The distillation recipe of the paper is not part of this entry. After a first look both networks of the "
        "small check were made equally wide."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """S12, S24 and B24/8 have 15,350,872, 30,020,680 and 129,138,280 parameters; S12 3.0 G MACs."""
        return (
            counted("resmlp_12_224", params=15_350_872, macs=3.01e9)
            & counted("resmlp_24_224", params=30_020_680, macs=5.96e9)
            & counted("resmlp_big_24_224", params=129_138_280, macs=100.2e9)
        )

    @check("exact")
    def nearly_the_identity_at_first(self) -> Outcome:
        """With branches scaled by one millionth, the blocks pass on what they get."""
        torch.manual_seed(0)
        design = registry.get("design", "resmlp_24_224").obj()
        module = build(design, variables={**SMALL, "scale": 1e-6}).eval()
        x = y = torch.randn(2, 16, 64)
        for block in range(3):
            part = module.get_submodule(f"blocks.{block}")
            z = part.get_submodule("linear_tokens")(part.get_submodule("norm1")(y).mT).mT
            y = y + part.get_submodule("ls1")(z)
            y = y + part.get_submodule("ls2")(part.get_submodule("mlp_channels")(part.get_submodule("norm2")(y)))
        return agree("after three blocks and before", y, x)

    @check("exact")
    def affine_folds_away(self) -> Outcome:
        """An affine layer before a matrix and a scale after it are one matrix with a bias."""
        torch.manual_seed(0)
        before, after = (registry.get("block", id).obj(dim=12) for id in ("affine", "layer_scale"))
        for param in (*before.parameters(), *after.parameters()):
            nn.init.normal_(param)
        matrix = nn.Linear(12, 12)
        folded = nn.Linear(12, 12)
        with torch.no_grad():
            folded.weight.copy_(after.gamma[:, None] * matrix.weight * before.alpha)
            folded.bias.copy_(after.gamma * (matrix.weight @ before.beta + matrix.bias))
        x = torch.randn(5, 12)
        return agree("folded", folded(x), after(matrix(before(x))))

    @check("small", minutes=2)
    def no_statistics_needed(self, lab: Lab) -> Outcome:
        """Without statistics, it classifies digits at most one point below a mixer of equal width and depth."""
        return compared(
            lab,
            {
                "ResMLP": (registry.get("design", "resmlp_12_224").obj(), SMALL),
                "mixer": (registry.get("design", "mixer_s16_224").obj(), SMALL),
            },
            "digits",
            margin=0.01,
            epochs=10,
        )
