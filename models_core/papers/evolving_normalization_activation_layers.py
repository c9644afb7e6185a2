"""EvoNorm."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, no_worse
from ._layer_evolution import EXPLODED, Make, Settings, accuracy, evolved, largest_gradient, networks, trained, usual
from ._layer_graphs import Graph, GraphLayer, Step, drawn, formula, mutated

SMALL: dict[str, Any] = {"image_size": 16, "width": 16, "depth": 1}


S0: Graph = (
    Step("mul", 2, 0),
    Step("sigmoid", 4, 0),
    Step("mul", 0, 5),
    Step("std_whg", 0, 0),
    Step("div", 6, 7),
)
"""EvoNorm-S0, x σ(v x) over the deviation of the group, as evolution could have found it."""


@register(
    "paper",
    id="evolving-normalization-activation-layers",
    family="normalization",
    source=Source(
        "Hanxiao Liu, Andrew Brock, Karen Simonyan, Quoc Le",
        "Evolving Normalization-Activation Layers",
        2020,
        "https://arxiv.org/abs/2004.02967",
    ),
)
class EvoNorm(Paper):
    """Layers found by evolution that normalize and activate in one; S0 needs no batch, B0 does."""

    claim = "EvoNorms are more accurate than batch norm with relu in residual and mobile networks, S0 at any batch size"
    entries = ("block/evo_norm_s0", "block/evo_norm_b0", "design/evonorm_resnet20")
    notes = (
        "The evolution is a small one: graphs of six primitive operations instead of ten, a few dozen of them instead "
        "of thousands, in three networks of a few thousand weights for digits of 8 × 8. As in the paper most are "
        "rejected after a few training steps, or because weights are soon found with which gradients explode."
    )

    @check("exact")
    def by_the_formula(self) -> Outcome:
        """Both layers equal their formulas, worked out sample by sample."""
        torch.manual_seed(0)
        s0, b0 = registry.get("block", "evo_norm_s0").obj(6, 2), registry.get("block", "evo_norm_b0").obj(6)
        for param in (*s0.parameters(), *b0.parameters()):
            nn.init.normal_(param)
        x = torch.randn(3, 6, 4, 5) * 2
        want = torch.empty_like(x)
        for sample in range(3):
            for channel in range(6):
                group = slice(0, 3) if channel < 3 else slice(3, 6)
                below = (x[sample, group].var(unbiased=False) + 1e-5).sqrt()
                one = x[sample, channel]
                want[sample, channel] = one * (s0.v[channel] * one).sigmoid() / below * s0.weight[channel]
                want[sample, channel] += s0.bias[channel]
        outcome = agree("S0", s0(x), want)
        for sample in range(3):
            for channel in range(6):
                one = x[sample, channel]
                batch = (x[:, channel].var(unbiased=False) + 1e-3).sqrt()
                line = b0.v[channel] * one + (one.var(unbiased=False) + 1e-3).sqrt()
                want[sample, channel] = one / torch.maximum(batch, line) * b0.weight[channel] + b0.bias[channel]
        return outcome & agree("B0", b0.train()(x), want)

    @check("exact")
    def s0_needs_no_batch(self) -> Outcome:
        """S0 gives the same in training as in evaluation, and the same for a sample alone."""
        layer = registry.get("block", "evo_norm_s0").obj(8, 4)
        x = torch.randn(4, 8, 5, 5, generator=torch.Generator().manual_seed(0))
        trained = layer.train()(x)
        return agree("evaluation", layer.eval()(x), trained) & agree("alone", layer(x[:1]), trained[:1])

    @check("exact")
    def b0_remembers_its_variance(self) -> Outcome:
        """In evaluation B0 uses the moving average of the batches' variances, which training alone changes."""
        layer = registry.get("block", "evo_norm_b0").obj(2, momentum=1.0)
        nn.init.zeros_(layer.v)
        x = torch.randn(8, 2, 6, 6, generator=torch.Generator().manual_seed(0)) * 3
        layer.train()(x)
        outcome = agree("running variance", layer.running_var, x.var((0, 2, 3)))
        flat = torch.ones(1, 2, 3, 3)
        want = (1 / (layer.running_var + 1e-3).sqrt())[None, :, None, None].expand_as(flat)
        return outcome & agree("a flat image", layer.eval()(flat), want)

    @check("exact")
    def no_activations_besides(self) -> Outcome:
        """A residual network of them has no other activation, and seven layers that normalize at depth one."""
        nodes = analyze(registry.get("design", "evonorm_resnet20").obj(), variables=SMALL).nodes
        kinds = [str(node.get("block")) for node in nodes.values()]
        others = {"relu", "batch_norm", "silu", "sigmoid"} & set(kinds)
        found = kinds.count("evo_norm_s0")
        return Outcome(found == 7 and not others, f"{found} evolved layers, others: {', '.join(others) or 'none'}")

    @check("small", minutes=1)
    def better_than_batch_norm(self, lab: Lab) -> Outcome:
        """A small residual network classifies digits no worse, to half a point, with S0 than with batch norm."""
        design = registry.get("design", "evonorm_resnet20").obj()
        contestants = {"S0": (design, SMALL), "batch norm and relu": (design, {**SMALL, "norm": "batch"})}
        return compared(lab, contestants, "digits", margin=0.005, epochs=2)

    @check("exact")
    def s0_is_a_graph(self) -> Outcome:
        """Written as a graph of five primitives S0 equals the block; forward and gradient."""
        torch.manual_seed(0)
        ours, theirs = GraphLayer(S0, 8).double(), registry.get("block", "evo_norm_s0").obj(8, 4).double()
        nn.init.normal_(theirs.v)
        with torch.no_grad():
            ours.v0.copy_(theirs.v.view_as(ours.v0))
        x = torch.randn(3, 8, 4, 5, dtype=torch.float64, requires_grad=True)
        found = [layer(x) for layer in (ours, theirs)]
        gradients = [torch.autograd.grad(one.square().sum(), x)[0] for one in found]
        return agree(f"y = {formula(S0)}", *found) & agree("gradients", *gradients)

    @check("exact")
    def rejects_what_explodes(self) -> Outcome:
        """Scaling weights finds the exploding gradients of eˣ, which begin small, and none of batch norm and relu."""
        x, y = torch.randn(32, 1, 8, 8, generator=torch.Generator().manual_seed(0)), torch.arange(32) % 10
        makes: list[Make] = [lambda channels: GraphLayer((Step("exp", 0, 0),), channels), usual]
        norms = []
        for make in makes:
            for ascents in (1, 10):
                torch.manual_seed(0)
                norms.append(largest_gradient(networks()[0](make), (x, y), ascents))
        right = max(norms[0], *norms[2:]) < 100 and norms[1] > EXPLODED
        told = "norms of gradients {:.2g}, then {:.2g}; {:.2g}, then {:.2g}".format(*norms)
        return Outcome(right, told)

    @check("exact")
    def mutants_differ_in_one_step(self) -> Outcome:
        """A mutant has the parent's steps but at most one, and each reads only what comes before it."""
        rng, right = random.Random(0), True
        for _ in range(200):
            parent = drawn(rng, 6)
            child = mutated(parent, rng)
            right &= sum(a != b for a, b in zip(parent, child, strict=True)) <= 1
            right &= all(max(step.a, step.b) < 4 + at for at, step in enumerate(child))
        return Outcome(right, "200 mutants")

    @check("small", minutes=5)
    def evolution(self, lab: Lab) -> Outcome:
        """A layer that evolves here is no less accurate, to a point, than batch norm and relu in three tiny networks.

        Accuracy of the test data with fresh seeds, a mean of the networks; evolution saw the training data alone.
        """
        dataset = lab.dataset("digits")
        parts = {}
        for name in ("train", "test"):
            split = dataset.split(name)
            pixels = torch.tensor(split.field("image")[:]).float()
            parts[name] = (pixels.reshape(-1, 1, 8, 8) / 255 * 2 - 1, torch.tensor(split.labels))
        x, y = parts["train"]
        cut = 3 * len(x) // 4
        found = evolved((x[:cut], y[:cut]), (x[cut:], y[cut:]), Settings(), tell=lab.tell)
        best = found.layers[0].graph
        lab.tell(f"best: y = {formula(best)}; rejected: {found.rejected}")
        makes: dict[str, Make] = {"evolved": lambda channels: GraphLayer(best, channels), "batch norm and relu": usual}
        scores: dict[str, list[float]] = {name: [] for name in makes}
        for name, make in makes.items():
            for seed in lab.seeds:
                lab.seeds_used.add(seed)
                shares = [
                    accuracy(trained(network, make, parts["train"], 100, seed + 1000), parts["test"])
                    for network in networks()
                ]
                scores[name].append(sum(shares) / len(shares))
            lab.tell(f"{name}: {scores[name]}")
        outcome = no_worse(scores, "accuracy on digits", margin=0.01)
        told = ", ".join(f"{count} for {reason}" for reason, count in found.rejected.items())
        return Outcome(
            outcome.confirmed,
            f"{outcome.figure}; y = {formula(best)}; {len(found.layers)} trained, rejected {told}",
            {**outcome.values, "formula": formula(best), "rejected": found.rejected},
        )
