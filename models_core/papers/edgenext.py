"""EdgeNeXt."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL: dict[str, Any] = {
    "image_size": 64, "width1": 16, "width2": 24, "width3": 32, "width4": 48,
    "depth1": 2, "depth2": 2, "depth3": 2, "depth4": 2, "scale": 0.1,
}  # fmt: skip


@register(
    "paper",
    id="edgenext",
    family="hybrid",
    source=Source(
        "Muhammad Maaz, Abdelrahman Shaker, Hisham Cholakkal, Salman Khan and others",
        "EdgeNeXt: Efficiently Amalgamated CNN-Transformer Architecture for Mobile Vision Applications",
        2022,
        "https://arxiv.org/abs/2206.10589",
    ),
)
class EdgeNeXt(Paper):
    """Depthwise filters of growing size, and a cascade over groups of channels with attention between them."""

    claim = "1.3 M parameters reach 71.2 % on ImageNet, 2.2 above MobileViT with 28 % fewer FLOPs; 5.6 M reach 79.4 %"
    entries = (
        "block/cross_covariance_attention",
        "block/fourier_positions2d",
        "design/edgenext_xx_small",
        "design/edgenext_small",
    )

    @check("exact")
    def counts(self) -> Outcome:
        """XXS and S have timm's 1,327,216 and 5,586,832 parameters, and 0.26 and 1.25 G MACs at 256."""
        ours = counted("edgenext_xx_small", params=1_327_216, macs=0.258e9)
        return ours & counted("edgenext_small", params=5_586_832, macs=1.253e9)

    @check("exact")
    def attention_by_the_formula(self) -> Outcome:
        """Each head's map is of channels by channels, the softmax of cosines over tokens, and weighs the values."""
        torch.manual_seed(0)
        block = registry.get("block", "cross_covariance_attention").obj(8, 2)
        nn.init.uniform_(block.temperature, 0.5, 2)
        x = torch.randn(3, 5, 8)
        q, k, v = block.qkv(x).chunk(3, -1)
        parts = []
        for head in range(2):
            at = slice(4 * head, 4 * head + 4)
            cosines = nn.functional.cosine_similarity(q[:, :, at, None], k[:, :, None, at], dim=1)
            weights = (cosines * block.temperature[head]).softmax(-1)
            parts.append(torch.einsum("nij,nlj->nli", weights, v[..., at]))
        return agree("attention", block(x), block.proj(torch.cat(parts, -1)))

    @check("exact")
    def linear_in_tokens(self) -> Outcome:
        """Twice the sides of the image cost four times the multiply-adds, attention included, the head aside."""
        design = registry.get("design", "edgenext_xx_small").obj()
        costs = [analyze(design, variables={"image_size": size}).total["macs"] - 168 * 1000 for size in (128, 256)]
        return Outcome(costs[1] == 4 * costs[0], f"{costs[0]:,} and {costs[1]:,} MACs at 128 and 256")

    @check("small", minutes=1)
    def beside_a_mobile_network(self, lab: Lab) -> Outcome:
        """A small one classifies digits at most one point below MobileNetV2 of more parameters."""
        ours, theirs = (
            registry.get("design", "edgenext_xx_small").obj(),
            registry.get("design", "mobilenetv2_100").obj(),
        )
        mobile = {"image_size": 64, "width_mult": 0.35, **{f"depth{at}": 1 for at in range(1, 7)}}
        sizes = [analyze(one, variables=v).total["params"] for one, v in ((ours, SMALL), (theirs, mobile))]
        assert sizes[0] < sizes[1], f"{sizes[0]:,} parameters, MobileNetV2 {sizes[1]:,}"
        return compared(
            lab, {"EdgeNeXt": (ours, SMALL), "MobileNetV2": (theirs, mobile)}, "digits", margin=0.01, epochs=2
        )
