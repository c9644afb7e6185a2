"""GoogLeNet."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind
from models_core.design import Builder, Design
from models_core.registry import Source, register
from models_core.zoo._parts import classes_output, image_input, whole
from models_core.zoo.googlenet import PARTS, inception_block, inception_unit

from . import Lab, Outcome, Paper, agree, check, compared, counted


@register(
    "paper",
    id="going-deeper-convolutions",
    family="convolution",
    source=Source(
        "Christian Szegedy, Wei Liu, Yangqing Jia, Pierre Sermanet, Scott Reed, Dragomir Anguelov, Dumitru Erhan, "
        "Vincent Vanhoucke, Andrew Rabinovich",
        "Going Deeper with Convolutions",
        2015,
        "https://arxiv.org/abs/1409.4842",
    ),
)
class GoogLeNet(Paper):
    """Blocks that look through several kernel sizes at once, and narrow by 1 × 1 what the larger kernels see."""

    claim = "22 layers within 1.5 billion multiply-adds, with 12 x fewer parameters than AlexNet, won ILSVRC 2014"
    entries = ("design/googlenet",)
    notes = (
        "The two auxiliary classifiers are left out: they need outputs that only training sees. The local response "
        "normalisation of the first layers is left out as well; batch norm stands in unless it is switched off."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """6,624,904 parameters and 1.5 G MACs as used today; 6,998,552 in the paper's form with 5 × 5 kernels."""
        today = counted("googlenet", params=6_624_904, macs=1.498e9)
        return today & counted("googlenet", params=6_998_552, third_kernel=5, batch_norm=False)

    @check("exact")
    def widths_and_depth(self) -> Outcome:
        """Block 3a gives 64 + 128 + 32 + 32 = 256 maps, and the longest way through has 22 layers with weights."""
        nodes = bind(registry.get("design", "googlenet").obj()).nodes
        depth: list[int] = []
        for node in nodes:
            shapes = node.figures.param_shapes.values() if node.figures else ()
            before = max((depth[value.node] for value in node.values() if value.node >= 0), default=0)
            depth.append(before + any(len(shape) > 1 for shape in shapes))
        maps = next(
            node.figures.outputs[0].shape[0] for node in nodes if node.figures and node.path == "inception3a.concat"
        )
        return Outcome(depth[-1] == 22 and maps == 256, f"{depth[-1]} layers, expected 22; {maps} maps, expected 256")

    @check("exact")
    def one_sparse_kernel(self) -> Outcome:
        """Without activations the three convolving branches are one 5 × 5 convolution, of low rank and mostly zero."""
        torch.manual_seed(0)
        x = torch.randn(2, 6, 9, 9)
        one = nn.Conv2d(6, 4, 1, bias=False)
        before3, three = nn.Conv2d(6, 2, 1, bias=False), nn.Conv2d(2, 5, 3, padding=1, bias=False)
        before5, five = nn.Conv2d(6, 2, 1, bias=False), nn.Conv2d(2, 3, 5, padding=2, bias=False)
        branches = torch.cat((one(x), three(before3(x)), five(before5(x))), 1)
        kernels = (
            nn.functional.pad(one.weight, (2, 2, 2, 2)),
            nn.functional.pad(torch.einsum("omuv,mi->oiuv", three.weight, before3.weight[:, :, 0, 0]), (1, 1, 1, 1)),
            torch.einsum("omuv,mi->oiuv", five.weight, before5.weight[:, :, 0, 0]),
        )
        return agree("one convolution", nn.functional.conv2d(x, torch.cat(kernels), padding=2), branches)

    @check("small", minutes=2)
    def branches_help(self, lab: Lab) -> Outcome:
        """With no more parameters, Inception blocks classify digits no worse than plain 3 × 3 convolutions."""
        contestants = {"Inception": _stack(inception=True), "plain": _stack(inception=False)}
        params = {name: int(analyze(design).total["params"]) for name, design in contestants.items()}
        words = ", ".join(f"{name} {count:,} parameters" for name, count in params.items())
        found = compared(lab, contestants, "digits", margin=0.005, epochs=12)
        return Outcome(params["Inception"] <= params["plain"], words, {"params": params}) & found


def _stack(*, inception: bool) -> Design:
    """A first convolution and three blocks for small images: of Inception, or of one 3 × 3 convolution each."""
    b = Builder("inception_stack" if inception else "plain_stack", task="image_classification")
    x = image_input(b, 16, channels=1, classes=10, domain=whole(8, 32))
    b.variable("batch_norm", True)
    b.variable("third_kernel", 5)
    inception_unit(b)
    inception_block(b)
    x = b.add_group("stem", "unit", x, width=16)
    for block in range(3):
        if inception:
            sizes: dict[str, Any] = dict(zip(PARTS, (8, 8, 16, 4, 8, 4), strict=True))
            x = b.add_group(f"block{block}", "inception", x, **sizes)
        else:
            x = b.add_group(f"block{block}", "unit", x, width=18)
        x = b.add(f"pool{block}", "max_pool2d", x, kernel_size=2)
    classes_output(b, b.add("global_pool", "global_avg_pool", x))
    return b.build()
