"""OSNet."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL: dict[str, Any] = {
    "image_size": 32,
    "aspect": 1.0,
    "width": 16,
    "features": 32,
    "depth1": 1,
    "depth2": 1,
    "depth3": 1,
}


@register(
    "paper",
    id="learning-generalisable-omni-scale",
    family="convolution",
    source=Source(
        "Kaiyang Zhou, Yongxin Yang, Andrea Cavallaro, Tao Xiang",
        "Learning Generalisable Omni-Scale Representations for Person Re-Identification",
        2021,
        "https://arxiv.org/abs/1910.06827",
    ),
)
class OmniScale(Paper):
    """Blocks of streams that see differently far, weighed by one shared gate; instance norms against camera styles."""

    claim = "A network of 2.2 M parameters that looks at all scales at once recognises persons better than larger ones"
    entries = ("block/aggregation_gate", "design/osnet_x1_0")
    notes = (
        "Where instance norms go is a choice here (IBN: stem and first stage); the differentiable search for "
        "their places and a retrieval metric are not built."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """Without its classifier OSNet has 2,169,508 parameters, 2.2 M as printed, and 0.98 G MACs at 256 × 128."""
        return counted("osnet_x1_0", params=2_169_508 + 512 * 1000 + 1000, macs=0.979e9)

    @check("exact")
    def one_gate_for_all_streams(self) -> Outcome:
        """The gate adds its inputs, each weighed by the same network, whatever their order or number."""
        torch.manual_seed(0)
        gate = registry.get("block", "aggregation_gate").obj(8, 2)
        xs = [torch.randn(2, 8, 4, 4) for _ in range(3)]
        parts = []
        for x in xs:
            hidden = torch.relu(nn.functional.linear(x.mean((2, 3)), gate.fc1.weight[:, :, 0, 0], gate.fc1.bias))
            weights = nn.functional.linear(hidden, gate.fc2.weight[:, :, 0, 0], gate.fc2.bias).sigmoid()
            parts.append(weights[:, :, None, None] * x)
        return agree("sum", gate(*xs), parts[0] + parts[1] + parts[2]) & agree(
            "turned around", gate(*xs[::-1]), gate(*xs)
        )

    @check("exact")
    def streams_see_three_to_nine(self) -> Outcome:
        """An impulse reaches 3, 5, 7 and 9 positions in the four streams of a block."""
        module = build(registry.get("design", "osnet_x1_0").obj(), variables=SMALL).eval()
        for param in module.parameters():
            nn.init.constant_(param, 0.1)
        x = torch.zeros(1, 16, 15, 15)
        x[:, :, 7, 7] = 1
        found = []
        for stream in (1, 2, 3, 4):
            y, flat = x, torch.zeros_like(x)
            for at in range(stream):
                for name in ("point", "depth", "bn", "act"):
                    part = module.get_submodule(f"stage1.0.stream{stream}.{at}.{name}")
                    y, flat = part(y), part(flat)
            found.append(int((y - flat)[0, 0, 7].abs().gt(1e-9).sum()))
        return Outcome(found == [3, 5, 7, 9], f"streams reach {found}")

    @check("small", minutes=1)
    def all_scales_help(self, lab: Lab) -> Outcome:
        """A small one classifies digits at most one point below ResNet-18 with more parameters."""
        theirs = {"image_size": 32, "width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1}
        return compared(
            lab,
            {
                "OSNet": (registry.get("design", "osnet_x1_0").obj(), SMALL),
                "ResNet-18": (registry.get("design", "resnet18").obj(), theirs),
            },
            "digits",
            margin=0.01,
            epochs=2,
        )
