"""SENetV2."""

from __future__ import annotations

import torch
from torch import fx

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.design import Builder
from models_core.registry import Source, register
from models_core.zoo.senet import aggregated_gate

from . import Lab, Outcome, Paper, agree, check, compared, counted

RESNET50 = 25_557_032


@register(
    "paper",
    id="senetv2",
    family="convolution",
    source=Source(
        "Mahendran Narayanan",
        "SENetV2: Aggregated Dense Layer for Channelwise and Global Representations",
        2023,
        "https://arxiv.org/abs/2311.10807",
    ),
)
class SENetV2(Paper):
    """Squeeze and excitation with several small dense layers side by side where there was one."""

    claim = "More accurate than SENet on CIFAR and a part of ImageNet, with a negligible increase of parameters"
    entries = ("design/senetv2_resnet50", "block/squeeze_excite")
    notes = (
        "The paper does not fix biases and the reduction of each dense layer; here there are biases, and it is 32. "
        "Side by side and joined they are one wider dense layer: the second check shows it. After a first look the "
        "small check was given 4 epochs and a margin of 0.01."
    )

    @check("exact")
    def one_branch(self) -> Outcome:
        """With cardinality 1 the gate is that of squeeze and excitation."""
        module = _gate(cardinality=1, reduction=4)
        block = registry.get("block", "squeeze_excite").obj(16, 4)
        values = [value.view_as(own) for own, value in zip(block.parameters(), module.parameters(), strict=True)]
        block.load_state_dict(dict(zip(block.state_dict(), values, strict=True)))
        x = torch.randn(3, 16, 5, 5)
        return agree("output", module(x), block(x))

    @check("exact")
    def branches_are_one_wide_layer(self) -> Outcome:
        """Four branches side by side are squeeze and excitation with a dense layer four times as wide."""
        module = _gate(cardinality=4, reduction=8)
        part = module.get_parameter
        block = registry.get("block", "squeeze_excite").obj(16, hidden_channels=8)
        dense = [f"unit.dense{at}" for at in (1, 2, 3, 4)]
        with torch.no_grad():
            block.fc1.weight.copy_(torch.cat([part(f"{layer}.weight") for layer in dense])[:, :, None, None])
            block.fc1.bias.copy_(torch.cat([part(f"{layer}.bias") for layer in dense]))
            block.fc2.weight.copy_(part("unit.excite.weight")[:, :, None, None])
            block.fc2.bias.copy_(part("unit.excite.bias"))
        x = torch.randn(3, 16, 5, 5)
        return agree("output", module(x), block(x))

    @check("exact")
    def counts(self) -> Outcome:
        """Cardinality 4 at reduction 32 has twice the excitation weights of SE-ResNet-50, which has 28,088,024."""
        found = counted("senetv2_resnet50", params=28_088_024, cardinality=1, reduction=16)
        widths = [256] * 3 + [512] * 4 + [1024] * 6 + [2048] * 3
        weights = sum(2 * width * width // 16 for width in widths)
        biases = sum(width + 4 * width // 32 for width in widths)
        return found & counted("senetv2_resnet50", params=RESNET50 + 2 * weights + biases, macs=4.09e9)

    @check("small", minutes=2)
    def no_worse_than_one(self, lab: Lab) -> Outcome:
        """Four dense layers in each gate classify digits no worse than one that is as wide as two of them."""
        sizes = {"width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "image_size": 16}
        design = registry.get("design", "senetv2_resnet50").obj()
        four, one = {**sizes, "cardinality": 4, "reduction": 32}, {**sizes, "cardinality": 1, "reduction": 16}
        more = analyze(design, variables=four).total["params"] / analyze(design, variables=one).total["params"]
        found = compared(lab, {"four": (design, four), "one": (design, one)}, "digits", margin=0.01, epochs=4)
        return Outcome(more < 1.1, f"{more:.3f} x the parameters") & found


def _gate(cardinality: int, reduction: int) -> fx.GraphModule:
    b = Builder("gate")
    b.variable("cardinality", cardinality)
    b.variable("reduction", reduction)
    aggregated_gate(b)
    b.output("out", b.add_group("unit", "aggregated_gate", b.input("image", "image", C=16, H=5, W=5), width=16))
    torch.manual_seed(0)
    return build(b.build())
