"""Res2Net."""

from __future__ import annotations

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.design import Builder
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted


@register(
    "paper",
    id="res2net",
    family="convolution",
    source=Source(
        "Shang-Hua Gao, Ming-Ming Cheng, Kai Zhao, Xin-Yu Zhang, Ming-Hsuan Yang, Philip Torr",
        "Res2Net: A New Multi-scale Backbone Architecture",
        2019,
        "https://arxiv.org/abs/1904.01169",
    ),
)
class Res2Net(Paper):
    """Bottlenecks whose filters work in groups one after the other, so that a unit sees several scales at once."""

    claim = "At ResNet-50's cost, scale 4 lowers the top-1 error on ImageNet from 23.85 % to 22.01 %"
    entries = ("generator/res2_bottleneck", "design/res2net50_26w_4s", "design/res2net50_14w_8s")
    notes = (
        "Where a unit changes the shape the groups do not see each other, as in the authors' code. "
        "The group without a filter is the last, there and here; in the paper's drawing it is the first."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """Res2Net-50 26w x 4s has 25,699,120 parameters and 4.2 G MACs."""
        return counted("res2net50_26w_4s", params=25_699_120, macs=4.2e9)

    @check("exact")
    def counts_of_eight(self) -> Outcome:
        """Res2Net-50 14w x 8s has 25,059,816 parameters."""
        return counted("res2net50_14w_8s", params=25_059_816)

    @check("exact")
    def scale_one(self) -> Outcome:
        """With scale 1 the network is ResNet-50: 25,557,032 parameters, and equal outputs with equal weights."""
        sizes = {"width": 16, "depth2": 1, "depth3": 1, "depth4": 1, "image_size": 32}
        torch.manual_seed(0)
        plain = build(registry.get("design", "resnet50").obj(), variables=sizes).eval()
        design = registry.get("design", "res2net50_26w_4s").obj()
        ours = build(design, variables={**sizes, "scale": 1, "base_width": 64}).eval()
        ours.load_state_dict(dict(zip(ours.state_dict(), plain.state_dict().values(), strict=True)))
        x = torch.randn(2, 3, 32, 32)
        same = agree("outputs", ours(x), plain(x))
        return same & counted(design, params=25_557_032, scale=1, base_width=64)

    @check("exact")
    def each_group_sees_farther(self) -> Outcome:
        """Inside a unit the groups see 3, 5 and 7 positions of what comes in, the last group one."""
        b = Builder("unit")
        image = b.input("image", "image", C=32, H=15, W=15)
        b.output("out", b.add_generator("unit", "res2_bottleneck", image, scale=4, base_width=64, width=8))
        module = build(b.build()).eval()
        for name, weight in module.named_parameters():
            if name.startswith("unit.filter"):
                nn.init.ones_(weight)
        nn.init.dirac_(module.get_parameter("unit.conv1.weight"))
        nn.init.dirac_(module.get_parameter("unit.conv3.weight"))
        x = torch.rand(1, 32, 15, 15, requires_grad=True)
        seen = []
        for group in module(x).unflatten(1, (4, -1)).unbind(1):
            (grad,) = torch.autograd.grad(group[0, :, 7, 7].sum(), x, retain_graph=True)
            seen.append(int((grad.abs().sum((0, 1, 2)) > 0).sum()))
        return Outcome(seen == [3, 5, 7, 1], f"{seen} positions, expected [3, 5, 7, 1]")

    @check("small", minutes=3)
    def scales_help(self, lab: Lab) -> Outcome:
        """With no more parameters, bottlenecks of four scales classify digits no worse than plain ones."""
        sizes = {"width": 16, "depth1": 2, "depth2": 2, "depth3": 1, "depth4": 1, "image_size": 32}
        design = registry.get("design", "res2net50_26w_4s").obj()
        contestants = {
            "scale 4": (design, {**sizes, "scale": 4, "base_width": 26}),
            "scale 1": (design, {**sizes, "scale": 1, "base_width": 64}),
        }
        params = {
            name: int(analyze(one, variables=given).total["params"]) for name, (one, given) in contestants.items()
        }
        words = ", ".join(f"{name} {count:,} parameters" for name, count in params.items())
        found = compared(lab, contestants, "digits", margin=0.005, epochs=8)
        return Outcome(params["scale 4"] <= params["scale 1"], words, {"params": params}) & found
