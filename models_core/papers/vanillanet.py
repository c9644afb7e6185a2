"""VanillaNet."""

from __future__ import annotations

import statistics
import time
from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, counted


def deployed(trained: nn.Module, target: nn.Module) -> nn.Module:
    """The merged weights of a network in training form, in the same network's form to deploy."""
    for name, part in trained.named_modules():
        if not hasattr(part, "deploy"):
            continue
        merged = part.deploy()
        if isinstance(merged, nn.Sequential):
            name, merged = f"{name}.conv", merged[1]
        target.get_submodule(name).load_state_dict(merged.state_dict())
    fc1, norm, fc2 = (trained.get_submodule(f"classes.{part}") for part in ("fc1", "bn", "fc2"))
    pair = registry.get("block", "annealed_conv2d").obj(fc1.in_channels, fc2.out_channels, fc1.out_channels).eval()
    pair.conv1, pair.bn1, pair.conv2, pair.bn2 = fc1, norm, fc2, nn.BatchNorm2d(pair.conv2.out_channels, eps=0).eval()
    target.get_submodule("classes").load_state_dict(pair.deploy().state_dict())
    return target


@register(
    "paper",
    id="vanillanet",
    family="convolution",
    source=Source(
        "Hanting Chen, Yunhe Wang, Jianyuan Guo, Dacheng Tao",
        "VanillaNet: the Power of Minimalism in Deep Learning",
        2023,
        "https://arxiv.org/abs/2305.12972",
    ),
)
class VanillaNet(Paper):
    """A handful of plain layers: deeper while it trains, merged afterwards, with activations over neighbours."""

    claim = "Shallow plain networks reach the accuracy of deep ones at a lower latency"
    entries = ("block/annealed_conv2d", "block/series_activation", "design/vanillanet_5", "design/vanillanet_6")
    notes = (
        "The slope of the activations that training takes away is a variable; a schedule raising it during a run is "
        "not built. The accuracy on ImageNet is not measured."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """To deploy, VanillaNet-5 has 15.5 M parameters and 5.2 G MACs, VanillaNet-6 32.5 M and 6.0 G."""
        five = counted("vanillanet_5", params=15.5e6, digits=3, macs=5.2e9, form="deploy")
        return five & counted("vanillanet_6", params=32.5e6, digits=3, macs=6.0e9, form="deploy")

    @check("exact")
    def merged_is_equal(self) -> Outcome:
        """With nothing left of the activations in between, the merged network equals the one that was trained."""
        torch.manual_seed(0)
        design, small = registry.get("design", "vanillanet_6").obj(), {"width": 16, "image_size": 32}
        trained = build(design, variables=small)
        x = torch.randn(4, 3, 32, 32)
        trained.train()(x)
        trained.eval()
        merged = deployed(trained, build(design, variables={**small, "form": "deploy"}).eval())
        return agree("logits", merged(x), trained(x))

    @check("exact")
    def a_series_of_one_is_relu(self) -> Outcome:
        """With no neighbours and a weight of one, the activation is relu, to the norm's rounding."""
        act = registry.get("block", "series_activation").obj(3, 0).eval()
        nn.init.ones_(act.conv.weight)
        x = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
        return agree("activation", act(x), x.relu())

    @check("small", minutes=0.5)
    def quicker_than_a_deeper_one(self, lab: Lab) -> Outcome:
        """One image takes less time on a CPU than with ResNet-50 of as many multiply-adds, within a tenth."""
        shallow: dict[str, Any] = {"image_size": 96, "width": 128, "form": "deploy"}
        deep = {"image_size": 96, "width": 20}
        times: dict[str, list[float]] = {}
        macs = []
        for name, variables in (("vanillanet_6", shallow), ("resnet50", deep)):
            design = registry.get("design", name).obj()
            macs.append(analyze(design, variables=variables).total["macs"])
            times[name] = []
            for seed in lab.seeds:
                lab.seeds_used.add(seed)
                torch.manual_seed(seed)
                module = build(design, variables=variables).eval()
                x, spent = torch.randn(1, 3, 96, 96), []
                with torch.no_grad():
                    for _ in range(15):
                        began = time.perf_counter()
                        module(x)
                        spent.append((time.perf_counter() - began) * 1e3)
                times[name].append(statistics.median(spent))
        assert abs(macs[0] - macs[1]) < 0.1 * macs[1], f"{macs[0]:,} and {macs[1]:,} MACs"
        ours, theirs = (statistics.median(times[name]) for name in ("vanillanet_6", "resnet50"))
        figure = f"VanillaNet-6 {ours:.1f} ms at {macs[0] / 1e6:.0f} M MACs, ResNet-50 {theirs:.1f} ms"
        return Outcome(ours < theirs, f"{figure} at {macs[1] / 1e6:.0f} M", {"latency_ms": times, "macs": macs})
