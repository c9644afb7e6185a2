"""Deep residual stacks made shallow."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, fx, nn

from models_core import registry
from models_core.compile import build
from models_core.design import Design
from models_core.registry import Source, register
from models_core.transforms.make_shallow import make_shallow

from . import Lab, Outcome, Paper, agree, check, compared, counted

STACK: dict[str, Any] = {"width": 4, "depth": 5, "image_size": 8}
VIT: dict[str, Any] = {"width": 64, "depth": 3, "head_width": 32, "image_size": 32, "dropout": 0.0}


def pair(name: str, sizes: dict[str, Any]) -> tuple[fx.GraphModule, fx.GraphModule]:
    """A design of the zoo and the same made shallow, of the same weights, in double precision."""
    design: Design = registry.get("design", name).obj()
    torch.manual_seed(0)
    deep = build(design, variables=sizes).double().eval()
    flat = build(make_shallow(design), variables=sizes).double().eval()
    flat.load_state_dict(deep.state_dict())
    return deep, flat


def gap(deep: nn.Module, flat: nn.Module, last: tuple[str, ...], scale: float, x: Tensor) -> float:
    """How far apart the outputs are once the last layer of every branch is scaled."""
    for module in (deep, flat):
        for name, param in module.named_parameters():
            if name.rpartition(".")[0].endswith(last):
                param.data *= scale
    return float((deep(x) - flat(x)).detach().abs().max())


def steps(module: fx.GraphModule) -> int:
    """Modules with weights that one after the other lie on the longest way through a network."""
    far: dict[fx.Node, int] = {}
    for node in module.graph.nodes:
        own = node.op == "call_module" and any(True for _ in module.get_submodule(str(node.target)).parameters())
        far[node] = max((far[one] for one in node.all_input_nodes), default=0) + own
    return max(far.values())


@register(
    "paper",
    id="make-deep-networks-shallow",
    family="depth",
    source=Source(
        "Bernhard Bermeitinger, Tomas Hrycej, Siegfried Handschuh",
        "Make Deep Networks Shallow Again",
        2023,
        "https://arxiv.org/abs/2309.08414",
    ),
)
class MakeDeepNetworksShallow(Paper):
    """A transform that puts the branches of a residual stack side by side, and a pair of networks to compare."""

    claim = "6,912 pairs on MNIST and CIFAR10: deep and parallel stacks reach similar losses in training and validation"
    entries = ("transform/make_shallow", "design/residual_stack", "design/parallel_stack")
    notes = (
        "Measured on the digits that come with scikit-learn, two depths, not on MNIST and CIFAR10. How the authors' "
        "stacks begin and end is uncertain: here with a convolution, and a mean over positions and a linear layer."
    )

    @check("exact")
    def same_parameters(self) -> Outcome:
        """Both forms have 3 k² w + w, d (k² w² + w) and 10 w + 10 parameters, by the same names."""
        width, depth = 32, 16
        want = 27 * width + width + depth * (9 * width**2 + width) + 10 * width + 10
        same = [
            [*one.state_dict()] == [*two.state_dict()] for one, two in (pair("residual_stack", STACK), pair("vit", VIT))
        ]
        named = Outcome(all(same), "names are the same" if all(same) else "names differ")
        return named & counted("residual_stack", params=want) & counted("parallel_stack", params=want)

    @check("exact")
    def the_sum_of_all_branches(self) -> Outcome:
        """It gives x plus the sum of all branches of x, forward and in every gradient."""
        _, flat = pair("residual_stack", STACK)
        x = torch.randn(2, 3, 8, 8, dtype=torch.float64)
        params, kept = dict(flat.named_parameters()), flat.get_submodule("stem")(x)
        total = kept + sum(flat.get_submodule(f"stack.{at}.conv")(kept).relu() for at in range(STACK["depth"]))
        by_hand = flat.get_submodule("head")(total.mean((2, 3)))
        outcome = agree("outputs", flat(x), by_hand, within=1e-12)
        ours, theirs = (torch.autograd.grad(y.square().sum(), [*params.values()]) for y in (flat(x), by_hand))
        for name, one, two in zip(params, ours, theirs, strict=True):
            outcome &= agree(name, one, two, within=1e-10)
        return Outcome(outcome.confirmed, f"outputs and {len(params)} gradients", outcome.values)

    @check("exact")
    def one_layer_is_itself(self) -> Outcome:
        """A stack of one residual layer is not changed: equal outputs."""
        deep, flat = pair("residual_stack", {**STACK, "depth": 1})
        x = torch.randn(2, 3, 8, 8, dtype=torch.float64)
        return agree("outputs", flat(x), deep(x), within=1e-14)

    @check("exact")
    def what_is_cut_off_is_of_second_order(self) -> Outcome:
        """Branches half as large leave a quarter of the difference, of convolutions as of a vision transformer."""
        outcome = Outcome(True, "halved")
        for name, sizes, last in (
            ("residual_stack", STACK, ("conv",)),
            ("vit", VIT, ("attn.proj", "attn.out_proj", "mlp.fc2")),
        ):
            deep, flat = pair(name, sizes)
            x = torch.randn(2, 3, sizes["image_size"], sizes["image_size"], dtype=torch.float64)
            first = gap(deep, flat, last, 1e-3, x)
            ratio = gap(deep, flat, last, 0.5, x) / first
            outcome &= Outcome(first > 0 and abs(ratio - 0.25) < 0.005, f"{name}: {ratio:.4f} of the difference")
        return outcome

    @check("exact")
    def three_steps_deep(self) -> Outcome:
        """Of d + 2 layers one after the other three are left, whatever the depth."""
        found = {depth: [steps(one) for one in pair("residual_stack", {**STACK, "depth": depth})] for depth in (2, 9)}
        right = all(both == [depth + 2, 3] for depth, both in found.items())
        return Outcome(right, ", ".join(f"depth {depth}: {one} and {two}" for depth, (one, two) in found.items()))

    @check("small", minutes=4)
    def as_good_at_two_depths(self, lab: Lab) -> Outcome:
        """At 4 and 8 layers its test loss on digits is at most 0.05 above that of the deep form."""
        flat, deep = (registry.get("design", f"{form}_stack").obj() for form in ("parallel", "residual"))
        outcome = Outcome(True, "width 16")
        for depth in (4, 8):
            sizes = {"width": 16, "depth": depth, "image_size": 8}
            pair = {f"parallel {depth}": (flat, sizes), f"deep {depth}": (deep, sizes)}
            outcome &= compared(lab, pair, "digits", "loss", lower=True, margin=0.05, epochs=40, eval_every_epochs=40)
        return outcome
