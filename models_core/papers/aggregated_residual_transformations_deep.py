"""ResNeXt."""

from __future__ import annotations

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted


@register(
    "paper",
    id="aggregated-residual-transformations-deep",
    family="convolution",
    source=Source(
        "Saining Xie, Ross Girshick, Piotr Dollár, Zhuowen Tu, Kaiming He",
        "Aggregated Residual Transformations for Deep Neural Networks",
        2017,
        "https://arxiv.org/abs/1611.05431",
    ),
)
class ResNeXt(Paper):
    """Bottlenecks whose 3 × 3 convolution works in many narrow groups: cardinality beside depth and width."""

    claim = "At equal cost, more groups are better than more depth or width; ResNeXt-50 32x4d has 25.0 M parameters"
    entries = ("design/resnext50_32x4d", "design/resnext101_32x4d", "design/resnext29_8x64d")

    @check("exact")
    def counts(self) -> Outcome:
        """ResNeXt-50 and 101 32x4d have 25,028,904 and 44,177,704 parameters, and 4.2 and 8.0 G MACs at 224."""
        found = counted("resnext50_32x4d", params=25_028_904, macs=4.26e9)
        return found & counted("resnext101_32x4d", params=44_177_704, macs=7.99e9)

    @check("exact")
    def counts_of_cifar(self) -> Outcome:
        """ResNeXt-29 for CIFAR has 34.4 M parameters with 8 groups of 64 channels and 68.1 M with 16, as printed."""
        eight, sixteen = (
            analyze(registry.get("design", "resnext29_8x64d").obj(), variables={"groups": groups}).total["params"]
            for groups in (8, 16)
        )
        right = 34.4e6 <= eight < 34.5e6 and 68.1e6 <= sixteen < 68.2e6
        return Outcome(right, f"{eight:,} and {sixteen:,} parameters, printed 34.4 M and 68.1 M")

    @check("exact")
    def cardinality_at_equal_cost(self) -> Outcome:
        """With 1, 2, 4, 8 and 32 groups their channels follow as in the paper's table; MACs stay within 5 %."""
        design = registry.get("design", "resnext50_32x4d").obj()
        widths, macs = [], []
        for groups in (1, 2, 4, 8, 32):
            report = analyze(design, variables={"groups": groups})
            widths.append(report.bound.variables["group_width"])
            macs.append(report.total["macs"])
        spread = max(macs) / min(macs) - 1
        words = f"channels {widths}, expected [64, 40, 24, 14, 4]; MACs apart by {spread:.1%}"
        return Outcome(widths == [64, 40, 24, 14, 4] and spread < 0.05, words)

    @check("exact")
    def three_forms(self) -> Outcome:
        """Split-transform-sum, early concatenation and a grouped convolution are one function."""
        torch.manual_seed(0)
        groups, width, channels = 8, 4, 32
        reduce = nn.Conv2d(channels, groups * width, 1, bias=False)
        grouped = nn.Conv2d(groups * width, groups * width, 3, padding=1, groups=groups, bias=False)
        expand = nn.Conv2d(groups * width, channels, 1, bias=False)
        x = torch.randn(2, channels, 9, 9)
        one = expand(grouped(reduce(x)))
        conv = nn.functional.conv2d
        paths = [
            (reduce.weight[at : at + width], grouped.weight[at : at + width], expand.weight[:, at : at + width])
            for at in range(0, groups * width, width)
        ]
        inner = [conv(conv(x, a), b, padding=1) for a, b, _ in paths]
        summed = sum((conv(y, c) for y, (_, _, c) in zip(inner, paths, strict=True)), torch.zeros(()))
        early = expand(torch.cat(inner, 1))
        return agree("sum of paths", summed, one) & agree("early concatenation", early, one)

    @check("small", minutes=3)
    def groups_help(self, lab: Lab) -> Outcome:
        """At about equal parameters and MACs, bottlenecks with 8 groups classify digits no worse than plain ones."""
        small = {"image_size": 32, "width": 32, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1}
        plain, grouped = {**small, "groups": 1, "group_width": 64}, {**small, "groups": 8, "group_width": 16}
        design = registry.get("design", "resnext50_32x4d").obj()
        return compared(
            lab,
            {"8 groups": (design, grouped), "plain": (design, plain)},
            "digits",
            margin=0.005,
            epochs=10,
        )
