"""ParNet."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx, nn
from torch.utils.flop_counter import FlopCounterMode

from models_core import registry
from models_core.compile import build
from models_core.profiling.latency import node_costs
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared

SMALL: dict[str, Any] = {"image_size": 32, "width": 16, "depth1": 1, "depth2": 1, "depth3": 1, "last": 64}


def depth(module: fx.GraphModule) -> int:
    """Rep convolutions and linear layers on the longest way from the image to the logits."""
    longest: dict[fx.Node, int] = {}
    for node in module.graph.nodes:
        counts = 0
        if node.op == "call_module":
            counts = int(type(module.get_submodule(str(node.target))).__name__ in ("RepConv2d", "Linear"))
        longest[node] = counts + max((longest[one] for one in node.all_input_nodes), default=0)
    return max(longest.values())


def critical(module: fx.GraphModule, costs: Mapping[str, float]) -> float:
    """What the chain of nodes costs that costs most, from the image to the logits."""
    longest: dict[fx.Node, float] = {}
    for node in module.graph.nodes:
        before = max((longest[one] for one in node.all_input_nodes), default=0.0)
        longest[node] = before + (costs[str(node.target)] if node.op == "call_module" else 0.0)
    return max(longest.values())


def deployed(module: nn.Module) -> nn.Module:
    """The module with every block that has a form to deploy in that form."""
    for name, part in list(module.named_modules()):
        if hasattr(part, "deploy"):
            module.set_submodule(name, part.deploy())
    return module


@register(
    "paper",
    id="non-deep-networks",
    family="convolution",
    source=Source(
        "Ankit Goyal, Alexey Bochkovskiy, Jia Deng, Vladlen Koltun",
        "Non-deep Networks",
        2021,
        "https://arxiv.org/abs/2110.07641",
    ),
)
class NonDeepNetworks(Paper):
    """A network of depth twelve: streams of merged convolutions side by side, at several resolutions, fused late."""

    claim = "With a depth of 12, above 80 % on ImageNet, 96 % on CIFAR-10 and 81 % on CIFAR-100"
    entries = ("block/rep_conv2d", "design/parnet_s", "design/parnet_m")
    notes = (
        "Widths are those of the authors' configurations. Streams on several devices at once are not built: what they "
        "would take at best is worked out from the times of single nodes, without what passing maps on would cost. "
        "After a first look the deeper network, whose norms stay apart, is one whose widths are multiples of 8: others "
        "are slow by themselves."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """With branches merged, ParNet-S has 19.2 M parameters and ParNet-M 35.6 M."""
        outcome = Outcome(True, "merged")
        for name, want in (("parnet_s", 19.2), ("parnet_m", 35.6)):
            module = deployed(build(registry.get("design", name).obj(), device="meta").eval())
            found = sum(param.numel() for param in module.parameters())
            outcome &= Outcome(round(found / 1e6, 1) == want, f"{name} {found:,} parameters, expected {want} M")
        return outcome

    @check("exact")
    def twelve_layers(self) -> Outcome:
        """The longest way from image to logits passes twelve layers with weights, gates aside."""
        found = depth(build(registry.get("design", "parnet_m").obj(), device="meta"))
        return Outcome(found == 12, f"depth {found}")

    @check("exact")
    def merged_is_equal(self) -> Outcome:
        """A whole network gives the same logits with all its branches merged, its statistics away from their start."""
        torch.manual_seed(0)
        module = build(registry.get("design", "parnet_s").obj(), variables=SMALL)
        x = torch.randn(4, 3, 32, 32)
        module.train()(x)
        module.eval()
        want = module(x)
        return agree("logits", deployed(module)(x), want)

    @check("small", minutes=1)
    def shorter_critical_path(self, lab: Lab) -> Outcome:
        """Merged, with streams side by side, the longest chain of nodes takes less time than ResNet-34 of fewer MACs.

        Milliseconds of each node for one image of 224 × 224, added along the way that takes longest.
        """
        taken: dict[str, list[float]] = {"ParNet-S": [], "its nodes in turn": [], "ResNet-34": []}
        macs: dict[str, float] = {}
        x = torch.randn(1, 3, 224, 224)
        for seed in lab.seeds:
            torch.manual_seed(seed)
            lab.seeds_used.add(seed)
            for name, id, more in (("ParNet-S", "parnet_s", {}), ("ResNet-34", "resnet34", {"width": 72})):
                module = build(registry.get("design", id).obj(), variables={"image_size": 224, **more}).eval()
                deployed(module)
                with FlopCounterMode(display=False) as counter, torch.inference_mode():
                    module(x)
                macs[name] = counter.get_total_flops() / 2
                costs = {path: cost.ms for path, cost in node_costs(module, (x,)).items()}
                taken[name].append(critical(module, costs))
                if name == "ParNet-S":
                    taken["its nodes in turn"].append(sum(costs.values()))
            lab.tell(", ".join(f"{name} {times[-1]:.1f} ms" for name, times in taken.items()))
        assert 0.95 * macs["ParNet-S"] < macs["ResNet-34"] < macs["ParNet-S"], f"{macs} differ"
        words = ", ".join(f"{name} {statistics.median(times):.1f} ms" for name, times in taken.items())
        ours, theirs = taken["ParNet-S"], taken["ResNet-34"]
        confirmed = True if max(ours) < min(theirs) else False if min(ours) > max(theirs) else None
        figure = f"{words}; {macs['ParNet-S'] / 1e9:.2f} and {macs['ResNet-34'] / 1e9:.2f} G MACs"
        return Outcome(confirmed, figure, {"latency_ms": taken, "macs": macs})

    @check("small", minutes=2)
    def as_good_as_a_deeper_one(self, lab: Lab) -> Outcome:
        """A small one classifies digits at most one point below a deeper residual network with as many parameters."""
        deep = {"image_size": 32, "width": 16, "depth1": 2, "depth2": 2, "depth3": 2, "depth4": 2}
        return compared(
            lab,
            {
                "ParNet": (registry.get("design", "parnet_s").obj(), {**SMALL, "width": 28, "last": 128}),
                "ResNet-18": (registry.get("design", "resnet18").obj(), deep),
            },
            "digits",
            margin=0.01,
            epochs=4,
        )
