"""PatchConvNet."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL: dict[str, Any] = {"image_size": 32, "width": 32, "depth": 3, "scale": 0.1}


@register(
    "paper",
    id="augmenting-convolutional-networks-attention",
    family="hybrid",
    source=Source(
        "Hugo Touvron, Matthieu Cord, Alaaeldin El-Nouby, Piotr Bojanowski and others",
        "Augmenting Convolutional networks with attention-based aggregation",
        2021,
        "https://arxiv.org/abs/2112.13692",
    ),
)
class PatchConvNet(Paper):
    """A convolutional column without pyramid, whose answer one learned query gathers by attention to all patches."""

    claim = "An attention-based aggregation and a column shaped by width and depth alone rival pyramids in accuracy"
    entries = ("design/patchconvnet_s60",)
    notes = "The aggregation is a group of attention, scales and an MLP; its map is not an output of its own."

    @check("exact")
    def counts(self) -> Outcome:
        """S60 has 25.2 M parameters at 224, as printed."""
        return counted("patchconvnet_s60", params=25.2e6, digits=3)

    @check("exact")
    def a_mean_without_queries(self) -> Outcome:
        """With queries of zero the aggregation weighs all tokens alike: it gives the mean of their values."""
        torch.manual_seed(0)
        attend = registry.get("block", "cross_attention").obj(8, 8, 1)
        nn.init.zeros_(attend.q.weight)
        nn.init.zeros_(attend.q.bias)
        every = torch.randn(2, 7, 8)
        values = attend.kv(every)[..., 8:].mean(1, keepdim=True)
        return agree("pooled", attend(every[:, :1], every), attend.proj(values))

    @check("exact")
    def the_map_sums_to_one(self) -> Outcome:
        """Where all values are equal the pooled one is that value: the weights of the map add up to one."""
        torch.manual_seed(0)
        attend = registry.get("block", "cross_attention").obj(8, 8, 2)
        nn.init.zeros_(attend.kv.weight[8:])
        nn.init.normal_(attend.kv.bias)
        every = torch.randn(2, 7, 8) * 3
        want = attend.proj(attend.kv.bias[8:]).expand(2, 1, -1)
        return agree("pooled", attend(every[:, :1], every), want)

    @check("exact")
    def same_memory_at_every_depth(self) -> Outcome:
        """The most that inference holds at once does not grow with depth: no stage is larger than another."""
        design = registry.get("design", "patchconvnet_s60").obj()
        peaks = [analyze(design, variables={"depth": depth}).total["peak_activation_bytes"] for depth in (2, 12)]
        return Outcome(peaks[0] == peaks[1], f"peak {peaks[0]:,} bytes at depth 2, {peaks[1]:,} at 12")

    @check("exact")
    def only_the_query_gathers(self) -> Outcome:
        """Patches in another order give the same pooled token: the aggregation has no places of its own."""
        torch.manual_seed(0)
        module = build(registry.get("design", "patchconvnet_s60").obj(), variables=SMALL).eval()
        seen: list[torch.Tensor] = []
        part = module.get_submodule("aggregate.attn")
        part.register_forward_hook(lambda _, args, out: seen.extend((args[0], args[1], out)))
        module(torch.randn(1, 3, 32, 32))
        query, every, out = seen
        return agree("pooled", part(query, every[:, torch.randperm(every.shape[1])]), out)

    @check("small", minutes=1)
    def attention_instead_of_a_mean(self, lab: Lab) -> Outcome:
        """A small column classifies digits at most one point below ResNet-18, a pyramid of more parameters."""
        theirs = {"image_size": 32, "width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "depth4": 1}
        return compared(
            lab,
            {
                "column": (registry.get("design", "patchconvnet_s60").obj(), SMALL),
                "pyramid": (registry.get("design", "resnet18").obj(), theirs),
            },
            "digits",
            margin=0.01,
            epochs=3,
        )
