"""EvoNorm."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared

SMALL: dict[str, Any] = {"image_size": 16, "width": 16, "depth": 1}


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
        "The evolution that found the layers is not built: it searches graphs of a dozen primitive operations, trained "
        "by the thousand in several networks at once; a space here has variables and choices, no graphs that mutate."
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
