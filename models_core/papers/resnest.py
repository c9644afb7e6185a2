"""ResNeSt."""

from __future__ import annotations

import torch
from torch import fx

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.design import Builder
from models_core.registry import Source, register
from models_core.zoo.resnest import split_attention

from . import Lab, Outcome, Paper, agree, check, compared, counted


@register(
    "paper",
    id="resnest",
    family="convolution",
    source=Source(
        "Hang Zhang, Chongruo Wu, Zhongyue Zhang, Yi Zhu, Haibin Lin, Zhi Zhang, Yue Sun, Tong He, Jonas Mueller, "
        "R. Manmatha, Mu Li, Alexander Smola",
        "ResNeSt: Split-Attention Networks",
        2020,
        "https://arxiv.org/abs/2004.08955",
    ),
)
class ResNeSt(Paper):
    """Bottlenecks whose filter has several branches, weighed against each other channel by channel."""

    claim = "ResNeSt-50 reaches 81.13 % top-1 on ImageNet at 224, more than 1 point above ResNet variants of its cost"
    entries = ("design/resnest50d", "design/resnest50d_4s2x40d")

    @check("exact")
    def counts(self) -> Outcome:
        """ResNeSt-50 has 27,483,240 parameters and 5.4 G MACs at 224."""
        return counted("resnest50d", params=27_483_240, macs=5.39e9)

    @check("exact")
    def counts_of_groups(self) -> Outcome:
        """ResNeSt-50 4s2x40d has 30,417,592 parameters and 4.4 G MACs at 224."""
        return counted("resnest50d_4s2x40d", params=30_417_592, macs=4.4e9)

    @check("exact")
    def weights_sum_to_one(self) -> Outcome:
        """The weights of the branches sum to 1 for each channel, for 2 branches and for 4 in each of 2 groups."""
        return _sums(2, 1) & _sums(4, 2)

    @check("exact")
    def one_branch_is_a_gate(self) -> Outcome:
        """With radix 1, split attention is a filter, and squeeze and excitation with a batch norm inside."""
        module = _attention(radix=1, cardinality=1)
        x = torch.randn(2, 16, 7, 7)
        part = module.get_submodule
        y = part("unit.bn0")(part("unit.conv")(x)).relu()
        z = part("unit.bn1")(part("unit.fc1")(y.mean((2, 3), keepdim=True))).relu()
        return agree("output", module(x), y * part("unit.fc2")(z).sigmoid())

    @check("small", minutes=3)
    def attention_helps(self, lab: Lab) -> Outcome:
        """With no more parameters, two branches that compete classify digits no worse than one with a gate."""
        sizes = {"width": 16, "stem_width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1, "image_size": 32}
        design = registry.get("design", "resnest50d").obj()
        contestants = {
            "radix 2": (design, {**sizes, "radix": 2}),
            "radix 1": (design, {**sizes, "radix": 1, "base_width": 68}),
        }
        params = {name: analyze(design, variables=given).total["params"] for name, (_, given) in contestants.items()}
        words = ", ".join(f"{name} {count:,} parameters" for name, count in params.items())
        found = compared(lab, contestants, "digits", margin=0.005, epochs=8)
        return Outcome(params["radix 2"] <= params["radix 1"], words, {"params": params}) & found


def _attention(radix: int, cardinality: int) -> fx.GraphModule:
    """Split attention alone, on 16 channels, with statistics as after some training."""
    b = Builder("attention")
    b.variable("radix", radix)
    b.variable("cardinality", cardinality)
    split_attention(b, radix)
    b.output("out", b.add_group("unit", "split_attention", b.input("image", "image", C=16, H=7, W=7), width=16))
    torch.manual_seed(0)
    module = build(b.build())
    module.train()(torch.randn(8, 16, 7, 7))
    return module.eval()


def _sums(radix: int, cardinality: int) -> Outcome:
    """Where all branches are alike, weights that sum to 1 leave what each of them gives."""
    module = _attention(radix, cardinality)
    conv, norm = module.get_submodule("unit.conv"), module.get_submodule("unit.bn0")
    alike = [conv.weight.data, *(value for value in norm.state_dict().values() if value.dim())]
    for values in alike:
        values.copy_(values[:16].repeat(radix, *(1,) * (values.dim() - 1)))
    x = torch.randn(2, 16 // radix // cardinality, 7, 7).repeat(1, radix * cardinality, 1, 1)
    return agree(f"{radix} branches", module(x), norm(conv(x)).relu()[:, :16])
