"""ReXNet."""

from __future__ import annotations

import statistics

import torch
from torch import nn

from models_core import registry
from models_core.compile import bind
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, check, counted

ACTIVATIONS = {"none": nn.Identity(), "relu": nn.ReLU(), "silu": nn.SiLU()}
RATIOS = (0.125, 0.25, 0.5)
"""Channels that come in for each that goes out."""


@register(
    "paper",
    id="rethinking-channel-dimensions-efficient",
    family="convolution",
    source=Source(
        "Dongyoon Han, Sangdoo Yun, Byeongho Heo, YoungJoon Yoo",
        "Rethinking Channel Dimensions for Efficient Model Design",
        2021,
        "https://arxiv.org/abs/2007.00992",
    ),
)
class ReXNet(Paper):
    """Channels that grow by the same step in every unit, for layers that widen much give features of low rank."""

    claim = "Features keep a higher rank where layers widen less and activations bend; 77.9 % top-1 at 0.40 G MACs"
    entries = ("design/rexnet_100",)
    notes = (
        "Rank is counted here as the singular values above a hundredth of the largest, of random layers on random "
        "inputs; the paper's own cut is not known here."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """ReXNet 1.0x has 4,796,873 parameters and 0.40 G MACs at 224."""
        return counted("rexnet_100", params=4_796_873, macs=0.40e9)

    @check("exact")
    def counts_of_wide(self) -> Outcome:
        """The 1.3x, 1.5x and 2.0x forms have 7,557,091, 9,728,593 and 16,366,620 parameters."""
        found = counted("rexnet_100", params=7_557_091, width_mult=1.3)
        for width, params in ((1.5, 9_728_593), (2.0, 16_366_620)):
            found &= counted("rexnet_100", params=params, width_mult=width)
        return found

    @check("exact")
    def channels_grow_evenly(self) -> Outcome:
        """The channels that leave the sixteen units are an arithmetic progression from 16, rounded."""
        nodes = bind(registry.get("design", "rexnet_100").obj()).nodes
        found = [node.figures.outputs[0].shape[0] for node in nodes if node.figures and node.path.endswith(".conv_pwl")]
        expected = [round(16 + 180 * unit / 16) for unit in range(16)]
        return Outcome(found == expected, f"{found}, expected {expected}")

    @check("small", minutes=0.1)
    def rank(self, lab: Lab) -> Outcome:
        """A random layer's features have a higher rank the less it widens, and with an activation than without."""
        ranks: dict[str, list[float]] = {}
        wide, samples = 256, 1024
        for name, activation in ACTIVATIONS.items():
            ranks[name] = []
            for ratio in RATIOS:
                found = []
                for seed in lab.seeds:
                    lab.seeds_used.add(seed)
                    source = torch.Generator().manual_seed(seed)
                    narrow = int(wide * ratio)
                    weight = torch.randn(wide, narrow, generator=source) / narrow**0.5
                    features = activation(weight @ torch.randn(narrow, samples, generator=source))
                    values = torch.linalg.svdvals(features)
                    found.append(float((values > 0.01 * values[0]).sum()) / wide)
                ranks[name].append(statistics.fmean(found))
        grows = all(values == sorted(values) and values[0] < values[-1] for values in ranks.values())
        bends = all(min(relu, silu) > none for none, relu, silu in zip(*ranks.values(), strict=True))
        figure = "; ".join(f"{name} {', '.join(f'{value:.2f}' for value in values)}" for name, values in ranks.items())
        ratios = ", ".join(f"{ratio:g}" for ratio in RATIOS)
        return Outcome(grows and bends, f"rank for {ratios} of the channels coming in: {figure}", {"ranks": ranks})
