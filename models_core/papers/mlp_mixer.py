"""MLP-Mixer."""

from __future__ import annotations

import torch

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL = {"image_size": 32, "patch": 8, "width": 64, "depth": 3}


@register(
    "paper",
    id="mlp-mixer",
    family="mlp",
    source=Source(
        "Ilya Tolstikhin, Neil Houlsby, Alexander Kolesnikov, Lucas Beyer and others",
        "MLP-Mixer: An all-MLP Architecture for Vision",
        2021,
        "https://arxiv.org/abs/2105.01601",
    ),
)
class MlpMixer(Paper):
    """Image models of MLPs alone: one over the patches, shared by all channels, and one over the channels."""

    claim = (
        "Neither convolution nor attention is necessary: MLPs over patches and channels classify images competitively"
    )
    entries = ("design/mixer_s16_224", "design/mixer_b16_224")

    @check("exact")
    def counts(self) -> Outcome:
        """Mixer-S/16 has 18,528,264 parameters, S/32 19,104,624, B/16 59,880,472 and L/16 208,196,168."""
        return (
            counted("mixer_s16_224", params=18_528_264, macs=3.78e9)
            & counted("mixer_s16_224", params=19_104_624, macs=1.00e9, patch=32)
            & counted("mixer_b16_224", params=59_880_472, macs=12.6e9)
            & counted("mixer_b16_224", params=208_196_168, macs=44.6e9, width=1024, depth=24)
        )

    @check("exact")
    def linear_in_patches(self) -> Outcome:
        """Four times the patches cost four times the multiply-adds, hidden widths being fixed."""
        design = registry.get("design", "mixer_s16_224").obj()
        head = 512 * 1000
        few, many = (analyze(design, variables={"image_size": size}).total["macs"] - head for size in (224, 448))
        return Outcome(many == 4 * few, f"{few:,} and {many:,} MACs before the head for 196 and 784 patches")

    @check("exact")
    def channels_share_the_mixing_of_patches(self) -> Outcome:
        """Permuting the channels that enter the MLP over patches permutes what leaves it: they share its weights."""
        torch.manual_seed(0)
        module = build(registry.get("design", "mixer_s16_224").obj(), variables=SMALL).eval()
        mix = module.get_submodule("blocks.0.mlp_tokens")
        x = torch.randn(2, 64, 16)
        order = torch.randperm(64)
        return agree("permuted before and after", mix(x[:, order]), mix(x)[:, order])

    @check("small", minutes=2)
    def as_good_as_attention(self, lab: Lab) -> Outcome:
        """A small mixer classifies digits at most one point below a transformer of the same width and depth."""
        mixer = registry.get("design", "mixer_s16_224").obj()
        vit = registry.get("design", "vit").obj()
        return compared(
            lab,
            {"mixer": (mixer, SMALL), "transformer": (vit, {"width": 64, "depth": 3, "head_width": 16})},
            "digits",
            margin=0.01,
            epochs=10,
        )
