"""Network in Network."""

from __future__ import annotations

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind, build
from models_core.design import Builder, Design
from models_core.registry import Source, register
from models_core.zoo._parts import classes_output, image_input, whole

from . import Lab, Outcome, Paper, agree, check, compared, counted


@register(
    "paper",
    id="network-network",
    family="convolution",
    source=Source("Min Lin, Qiang Chen, Shuicheng Yan", "Network In Network", 2014, "https://arxiv.org/abs/1312.4400"),
)
class NetworkInNetwork(Paper):
    """A small network slides over the image in place of a linear filter, and class maps are averaged to logits."""

    claim = "State of the art on CIFAR-10 and CIFAR-100 in 2013, with no fully connected layer to overfit"
    entries = ("design/nin_cifar", "block/global_avg_pool")
    notes = "Class maps are there as the values before the last pooling; they have no view of their own."

    @check("exact")
    def counts(self) -> Outcome:
        """966,986 parameters and 0.22 G MACs for ten classes of images of 32 × 32."""
        return counted("nin_cifar", params=966_986, macs=0.2223e9)

    @check("exact")
    def network_of_each_position(self) -> Outcome:
        """1 × 1 convolutions are one small network that every position goes through, forward and backward."""
        torch.manual_seed(0)
        convs = nn.Sequential(nn.Conv2d(6, 5, 1), nn.ReLU(), nn.Conv2d(5, 4, 1), nn.ReLU())
        dense = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4), nn.ReLU())
        dense.load_state_dict(
            {name: value.flatten(1) if value.dim() > 1 else value for name, value in convs.state_dict().items()}
        )
        x = torch.randn(2, 6, 7, 7, requires_grad=True)
        ours, theirs = convs(x), dense(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        grads = [torch.autograd.grad(out.square().sum(), x)[0] for out in (ours, theirs)]
        return agree("output", ours, theirs) & agree("gradient", *grads)

    @check("exact")
    def head_without_parameters(self) -> Outcome:
        """Behind the last class maps there is no parameter, and a logit is the mean of its map."""
        design = registry.get("design", "nin_cifar").obj()
        nodes = bind(design).nodes
        last = max(node.index for node in nodes if node.figures and node.figures.param_shapes)
        module = build(design).eval()
        maps = []
        module.get_submodule("block3.act3").register_forward_hook(lambda module, args, out: maps.append(out))
        logits = module(torch.randn(2, 3, 32, 32))
        after = [node.path for node in nodes if node.index > last]
        return agree("logits", logits, maps[0].mean((2, 3))) & Outcome(
            after == ["block3.act3", "pool3"], f"{' and '.join(after)} have no parameter"
        )

    @check("small", minutes=1)
    def small_networks_help(self, lab: Lab) -> Outcome:
        """With no more parameters, small networks that slide classify digits no worse than linear filters."""
        contestants = {"networks": _stack(18, small=True), "filters": _stack(18, small=False)}
        params = {name: int(analyze(design).total["params"]) for name, design in contestants.items()}
        words = ", ".join(f"{name} {count:,} parameters" for name, count in params.items())
        found = compared(lab, contestants, "digits", margin=0.01, epochs=6)
        return Outcome(params["networks"] <= params["filters"], words, {"params": params}) & found


def _stack(width: int, *, small: bool) -> Design:
    """Two filters for small images, each followed by two 1 × 1 convolutions if `small`, else with wider ones."""
    b = Builder("networks" if small else "filters", task="image_classification")
    x = image_input(b, 16, channels=1, classes=10, domain=whole(8, 32))
    for at in (1, 2):
        x = b.add(f"conv{at}", "conv2d", x, out_channels=width if small else width + 4)
        x = b.add(f"relu{at}", "relu", b.add(f"bn{at}", "batch_norm", x))
        for layer in (1, 2) if small else ():
            x = b.add(f"mix{at}{layer}", "conv2d", x, out_channels=width, kernel_size=1)
            x = b.add(f"relu{at}{layer}", "relu", b.add(f"bn{at}{layer}", "batch_norm", x))
        x = b.add(f"pool{at}", "max_pool2d", x, kernel_size=2)
    classes_output(b, b.add("global_pool", "global_avg_pool", x))
    return b.build()
