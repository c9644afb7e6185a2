"""Xception."""

from __future__ import annotations

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind
from models_core.design import Builder, Design
from models_core.registry import Source, register
from models_core.zoo._parts import classes_output, image_input, whole
from models_core.zoo.xception import separable_unit

from . import Lab, Outcome, Paper, agree, check, compared, counted


@register(
    "paper",
    id="xception",
    family="convolution",
    source=Source(
        "François Chollet",
        "Xception: Deep Learning with Depthwise Separable Convolutions",
        2017,
        "https://arxiv.org/abs/1610.02357",
    ),
)
class Xception(Paper):
    """The far end of Inception: a spatial filter for each channel by itself, then a mixture of the channels."""

    claim = "Slightly above Inception V3 on ImageNet, clearly above it on 350 M images, with as many parameters"
    entries = ("design/xception", "block/separable_conv2d")

    @check("exact")
    def counts(self) -> Outcome:
        """22,855,952 parameters, 8.4 G MACs at 299, and 36 convolutions, a separable one counted once."""
        found = counted("xception", params=22_855_952, macs=8.4e9)
        paths = [node.path for node in bind(registry.get("design", "xception").obj()).nodes if node.live]
        convolutions = sum(path.endswith("pointwise") or path in ("conv1", "conv2") for path in paths)
        return found & Outcome(convolutions == 36, f"{convolutions} convolutions, expected 36")

    @check("exact")
    def composed_kernel(self) -> Outcome:
        """A separable convolution is an ordinary one whose kernel is the product of filter and mixture."""
        torch.manual_seed(0)
        block = registry.get("block", "separable_conv2d").obj(6, 10, 3, bias=False)
        x = torch.randn(2, 6, 9, 9, requires_grad=True)
        kernel = torch.einsum("oi,iuv->oiuv", block.conv_pw.weight[:, :, 0, 0], block.conv_dw.weight[:, 0])
        ours, theirs = block(x), nn.functional.conv2d(x, kernel, padding=1)
        grads = [torch.autograd.grad(out.square().sum(), x)[0] for out in (ours, theirs)]
        return agree("output", ours, theirs) & agree("gradient", *grads)

    @check("exact")
    def cost_ratio(self) -> Outcome:
        """It costs 1 / outputs + 1 / kernel² of the ordinary convolution."""
        macs = {}
        for block in ("separable_conv2d", "conv2d"):
            b = Builder("one", task="image_classification")
            x = image_input(b, 16, channels=64, classes=10, domain=whole(8, 32))
            b.output("out", b.add("conv", block, x, out_channels=128, kernel_size=3))
            macs[block] = analyze(b.build()).total["macs"]
        found, expected = macs["separable_conv2d"] / macs["conv2d"], 1 / 128 + 1 / 9
        return Outcome(abs(found - expected) < 1e-9, f"{found:.5f} of the multiply-adds, expected {expected:.5f}")

    @check("small", minutes=2)
    def separable_is_enough(self, lab: Lab) -> Outcome:
        """With no more parameters, separable convolutions classify digits no worse than ordinary ones."""
        return compared(lab, {"separable": _stack(43), "ordinary": _stack(0)}, "digits", margin=0.005, epochs=10)


def _stack(width: int) -> Design:
    """Four convolutions for small images: separable ones of that width, or ordinary ones of about as many weights."""
    b = Builder("separable" if width else "ordinary", task="image_classification")
    x = image_input(b, 16, channels=1, classes=10, domain=whole(8, 32))
    b.variable("tower_width", 1)
    b.variable("between", False)
    separable_unit(b)
    maps = width or 16
    x = b.add("stem", "conv2d", x, out_channels=maps)
    x = b.add("act", "relu", b.add("bn", "batch_norm", x))
    for index in range(4):
        if width:
            x = b.add_group(f"conv{index}", "separable", x, before=maps, after=maps)
        else:
            x = b.add(f"conv{index}", "conv2d", x, out_channels=maps, bias=False)
            x = b.add(f"bn{index}", "batch_norm", x)
        x = b.add(f"act{index}", "relu", x)
        if index % 2:
            x = b.add(f"pool{index}", "max_pool2d", x, kernel_size=2)
    classes_output(b, b.add("global_pool", "global_avg_pool", x))
    return b.build()
