"""ResNeXt."""

from __future__ import annotations

import torch
from torch import nn

from models_core import registry
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
    entries = ("design/resnext50_32x4d",)

    @check("exact")
    def counts(self) -> Outcome:
        """ResNeXt-50 32x4d has 25,028,904 parameters and 4.2 G MACs at 224."""
        return counted("resnext50_32x4d", params=25_028_904, macs=4.26e9)

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
