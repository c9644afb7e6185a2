"""TinyNet."""

from __future__ import annotations

from models_core import registry
from models_core.analysis import analyze
from models_core.analysis.fit import fit
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, check, compared, counted

SIZES = {
    "efficientnet_b0": (5_288_548, 0.387e9),
    "efficientnet_b1": (7_794_184, 0.688e9),
    "efficientnet_b2": (9_109_994, 0.993e9),
    "efficientnet_b3": (12_233_232, 1.83e9),
    "tinynet_a": (6_187_972, 339e6),
    "tinynet_b": (3_730_562, 202e6),
    "tinynet_c": (2_457_234, 100e6),
    "tinynet_d": (2_338_446, 52e6),
    "tinynet_e": (2_042_972, 24e6),
}
"""Parameters and multiply-adds."""


@register(
    "paper",
    id="model-rubiks-cube",
    family="scaling",
    source=Source(
        "Kai Han, Yunhe Wang, Qiulin Zhang, Wei Zhang, Chunjing Xu, Tong Zhang",
        "Model Rubik's Cube: Twisting Resolution, Depth and Width for TinyNets",
        2020,
        "https://arxiv.org/abs/2010.14819",
    ),
)
class TinyNet(Paper):
    """To make a network smaller, resolution and depth matter more than width: first cut images, then let width fit."""

    claim = "TinyNet-E reaches 59.9 % top-1 on ImageNet at 24 M multiply-adds, 1.9 points above MobileNetV3"
    entries = tuple(f"design/{id}" for id in SIZES)
    notes = (
        "The rule that gives resolution and depth for a budget was fitted to many trained networks and is not repeated "
        "here; with those two chosen, `models_core.analysis.fit` finds the width."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """TinyNet-A to E have 6.19, 3.73, 2.46, 2.34 and 2.04 M parameters and 339, 202, 100, 52 and 24 M MACs."""
        return _counted("tinynet")

    @check("exact")
    def counts_of_efficientnet(self) -> Outcome:
        """EfficientNet-B0 to B3, from which they are cut, have 5.29, 7.79, 9.11 and 12.23 M parameters."""
        return _counted("efficientnet")

    @check("exact")
    def budget_is_met(self) -> Outcome:
        """With the resolution and depth of TinyNet-C, the width that fits 100 M MACs meets them within 3 %."""
        design = registry.get("design", "tinynet_c").obj()
        width = fit(design, "width_mult", 100e6, low=0.3, high=1.0, steps=8)
        macs = analyze(design, variables={"width_mult": width}).total["macs"]
        return Outcome(0.97e8 <= macs <= 1e8, f"{macs / 1e6:.1f} M MACs at {width:.3f} x the width, at most 100 M")

    @check("small", minutes=2)
    def resolution_before_width(self, lab: Lab) -> Outcome:
        """At equal multiply-adds, smaller images classify digits no worse than a narrower network."""
        design = registry.get("design", "tinynet_e").obj()
        facts = lab.dataset("digits").facts()
        narrow = {"image_size": 32, "depth_mult": 0.4, "width_mult": 0.25}
        budget = analyze(design, facts=facts, variables=narrow).total["macs"]
        width = fit(
            design, "width_mult", budget, low=0.25, high=2.0, facts=facts, steps=6, image_size=16, depth_mult=0.4
        )
        small = {"image_size": 16, "depth_mult": 0.4, "width_mult": width}
        macs = analyze(design, facts=facts, variables=small).total["macs"]
        contestants = {"smaller images": (design, small), "narrower": (design, narrow)}
        found = compared(lab, contestants, "digits", margin=0.01, epochs=4)
        return Outcome(macs <= budget, f"{macs / 1e6:.2f} and {budget / 1e6:.2f} M MACs") & found


def _counted(family: str) -> Outcome:
    found = Outcome(True, family)
    for id, (params, macs) in SIZES.items():
        if id.startswith(family):
            found &= counted(id, params=params, macs=macs)
    return found
