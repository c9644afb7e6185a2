"""VanillaNet."""

from __future__ import annotations

import statistics
from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import build
from models_core.registry import Source, register
from models_core.tasks import design_facts

from . import Lab, Outcome, Paper, agree, check, counted, no_worse
from ._timing import times_in_turns


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
    entries = (
        "block/annealed_conv2d",
        "block/series_activation",
        "callback/anneal",
        "design/vanillanet_5",
        "design/vanillanet_6",
    )
    notes = (
        "The callback anneal on the variable linear takes the activations away over the first half of a training, "
        "evenly by steps. Latency is that of one core, the two networks in turns: timed one after the other, with "
        "whatever else the machine did, either came out quicker. The accuracy on ImageNet is not measured."
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

    @check("small", minutes=3)
    def annealed_and_merged(self, lab: Lab) -> Outcome:
        """Trained with activations that fade, it merges without a difference and classifies digits no worse.

        No worse, to a point, than the same network that never had them, which is its merged form all the way.
        """
        design, small = registry.get("design", "vanillanet_6").obj(), {"width": 16, "image_size": 32}
        facts = design_facts(lab.dataset("digits").facts())
        fading = {"callbacks": [{"id": "anneal", "variable": "linear", "start": 0.0, "until": 0.5}]}
        found: dict[str, list[float]] = {"annealed": [], "without activations": []}
        merging = Outcome(True, "merged after training")
        for name, recipe in (("annealed", fading), ("without activations", {})):
            for seed in lab.seeds:
                run = lab.train(design, "digits", seed=seed, variables=small, epochs=6, **recipe)
                found[name].append(float(run.metrics["accuracy"]))
                if recipe:
                    merged = deployed(run.module, build(design, facts, {**small, "form": "deploy"}).eval())
                    x = torch.rand(16, 1, 32, 32, generator=torch.Generator().manual_seed(seed))
                    with torch.no_grad():
                        merging &= agree(f"seed {seed}", merged(x), run.module(x), within=1e-4)
        return merging & no_worse(found, "accuracy on digits", margin=0.01)

    @check("small", minutes=0.5)
    def quicker_than_a_deeper_one(self, lab: Lab) -> Outcome:
        """One image takes less time on one core than with ResNet-50 of as many multiply-adds, within a tenth."""
        sizes: dict[str, dict[str, Any]] = {
            "vanillanet_6": {"image_size": 96, "width": 128, "form": "deploy"},
            "resnet50": {"image_size": 96, "width": 20},
        }
        designs = {name: registry.get("design", name).obj() for name in sizes}
        macs = [analyze(designs[name], variables=sizes[name]).total["macs"] for name in sizes]
        times: dict[str, list[float]] = {name: [] for name in sizes}
        for seed in lab.seeds:
            lab.seeds_used.add(seed)
            torch.manual_seed(seed)
            modules = {name: build(designs[name], variables=sizes[name]) for name in sizes}
            spent = times_in_turns(modules, dict.fromkeys(sizes, torch.randn(1, 3, 96, 96)))
            for name in sizes:
                times[name].append(statistics.median(spent[name]))
        assert abs(macs[0] - macs[1]) < 0.1 * macs[1], f"{macs[0]:,} and {macs[1]:,} MACs"
        ours, theirs = (statistics.median(times[name]) for name in sizes)
        figure = f"VanillaNet-6 {ours:.1f} ms at {macs[0] / 1e6:.0f} M MACs, ResNet-50 {theirs:.1f} ms"
        return Outcome(ours < theirs, f"{figure} at {macs[1] / 1e6:.0f} M", {"latency_ms": times, "macs": macs})
