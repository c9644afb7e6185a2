"""UniRepLKNet."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.compile import build
from models_core.inspection import effective_field, sides
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared

SMALL: dict[str, Any] = {
    "image_size": 32, "width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "kernel": 7, "scale": 0.1,
}  # fmt: skip


@register(
    "paper",
    id="scaling-up-your-kernels",
    family="convolution",
    source=Source(
        "Yiyuan Zhang, Xiaohan Ding, Xiangyu Yue",
        "Scaling Up Your Kernels: Large Kernel Design in ConvNets towards Universal Representations",
        2024,
        "https://arxiv.org/abs/2410.08049",
    ),
)
class ScalingUpYourKernels(Paper):
    """A few very large depthwise kernels, trained with dilated small ones beside them, not many small layers."""

    claim = "88.0 % on ImageNet, 55.6 mIoU on ADE20K, 56.4 box AP on COCO"
    entries = ("block/dilated_reparam_conv2d", "block/global_response_norm", "design/unireplknet_a")
    notes = (
        "Kernel sizes and branches are those of the UniRepLKNet code as it is widely copied; its smallest size, A, is "
        "counted merged, to the digits printed. The effective receptive field of a design is drawn where a sample goes "
        "through it. Its check looks at the second stage, after a first look at the third, whose fields fill images. "
        "The records of large models are not measured."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """With branches, batch norms and shifts merged into the convolutions, UniRepLKNet-A has 4.4 M parameters."""
        module = build(registry.get("design", "unireplknet_a").obj(), device="meta").eval()
        found = sum(param.numel() for param in module.parameters())
        for name, part in module.named_modules():
            if hasattr(part, "deploy"):
                before, after = (sum(param.numel() for param in one.parameters()) for one in (part, part.deploy()))
                # Its bias then takes in the batch norm behind it as well.
                found += after - before - part.get_parameter("large.weight").shape[0]
            elif name.endswith((".norm", ".norm2")) and name.startswith("stage"):
                found -= part.get_parameter("bias").numel()
            elif name.endswith(".grn"):
                found -= part.get_parameter("beta").numel()
        return Outcome(round(found / 1e6, 1) == 4.4, f"{found:,} parameters merged, expected 4.4 M")

    @check("exact")
    def branches_merge(self) -> Outcome:
        """A trained block of every size equals the one large kernel it merges into."""
        torch.manual_seed(0)
        outcome = Outcome(True, "merged")
        for size in (5, 9, 13, 17):
            block = registry.get("block", "dilated_reparam_conv2d").obj(3, size)
            block.train()(torch.randn(4, 3, 20, 20) * 2 + 1)
            block.eval()
            merged, x = block.deploy(), torch.randn(2, 3, 20, 20)
            assert isinstance(merged, nn.Conv2d)
            outcome &= agree(f"kernel {size}", merged(x), block(x))
        return outcome

    @check("exact")
    def one_large_kernel_looks_wider(self) -> Outcome:
        """At equal multiply-adds one 13 × 13 filter of equal weights spreads an impulse wider than 18 of 3 × 3."""
        spreads = []
        for size, layers in ((13, 1), (3, 18)):
            block = registry.get("block", "depthwise_conv2d").obj(1, size, bias=False).double()
            nn.init.constant_(block.weight, 1 / size**2)
            x = torch.zeros(1, 1, 41, 41, dtype=torch.float64)
            x[:, :, 20, 20] = 1
            for _ in range(layers):
                x = block(x)
            offsets = torch.arange(41, dtype=torch.float64) - 20
            spreads.append(float((x[0, 0].sum(0) * offsets.square()).sum().sqrt()))
        expected = [((13**2 - 1) / 12) ** 0.5, (18 * 8 / 12) ** 0.5]
        right = all(abs(found - want) < 1e-6 for found, want in zip(spreads, expected, strict=True))
        figure = f"standard deviation {spreads[0]:.2f} positions, of the stack {spreads[1]:.2f}"
        return Outcome(right and spreads[0] > spreads[1], figure)

    @check("exact")
    def larger_kernels_depend_on_more(self) -> Outcome:
        """Half of what the middle of the second stage depends on lies in a larger square with kernels of 13 than of 5.

        Of a small network at its first weights, drawn twice, for images of 80 × 80.
        """
        design, found = registry.get("design", "unireplknet_a").obj(), dict[int, list[int]]()
        for kernel in (13, 5):
            for seed in (0, 1):
                torch.manual_seed(seed)
                module = build(design, variables={**SMALL, "kernel": kernel, "image_size": 80})
                field = effective_field(module, torch.randn(1, 3, 80, 80), "stage2.0.add")
                found.setdefault(kernel, []).extend(sides(field, (0.5,)))
        figure = f"sides of {found[13]} pixels with kernels of 13, {found[5]} with kernels of 5"
        return Outcome(min(found[13]) > max(found[5]), figure)

    @check("small", minutes=1)
    def large_kernels_help(self, lab: Lab) -> Outcome:
        """A small network classifies digits no worse, to half a point, with kernels of 7 × 7 than of 5 × 5."""
        design = registry.get("design", "unireplknet_a").obj()
        contestants = {f"kernels of {size}": (design, {**SMALL, "kernel": size}) for size in (7, 5)}
        return compared(lab, contestants, "digits", margin=0.005, epochs=3)
