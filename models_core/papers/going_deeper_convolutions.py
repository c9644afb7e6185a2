"""GoogLeNet."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind, build, uncollected
from models_core.design import Builder, Design
from models_core.methods import Context, Taken
from models_core.registry import Source, register
from models_core.zoo._parts import classes_output, image_input, whole
from models_core.zoo.googlenet import PARTS, inception_block, inception_unit

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL: dict[str, Any] = {"width": 8, "image_size": 64}


@register(
    "paper",
    id="going-deeper-convolutions",
    family="convolution",
    source=Source(
        "Christian Szegedy, Wei Liu, Yangqing Jia, Pierre Sermanet, Scott Reed, Dragomir Anguelov, Dumitru Erhan, "
        "Vincent Vanhoucke, Andrew Rabinovich",
        "Going Deeper with Convolutions",
        2015,
        "https://arxiv.org/abs/1409.4842",
    ),
)
class GoogLeNet(Paper):
    """Blocks that look through several kernel sizes at once, and narrow by 1 × 1 what the larger kernels see."""

    claim = "22 layers within 1.5 billion multiply-adds, with 12 x fewer parameters than AlexNet, won ILSVRC 2014"
    entries = ("design/googlenet",)
    notes = (
        "The local response normalisation of the first layers is left out; batch norm stands in unless it is switched "
        "off. The two classifiers in the middle are outputs with a weight of 0.3: training alone has them. After a "
        "first look their small check was given 12 epochs."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """6,624,904 parameters and 1.5 G MACs as used today; 6,998,552 in the paper's form with 5 × 5 kernels."""
        today = counted("googlenet", params=6_624_904, macs=1.498e9)
        return today & counted("googlenet", params=6_998_552, third_kernel=5, batch_norm=False)

    @check("exact")
    def widths_and_depth(self) -> Outcome:
        """Block 3a gives 64 + 128 + 32 + 32 = 256 maps, and the longest way through has 22 layers with weights."""
        nodes = bind(registry.get("design", "googlenet").obj()).nodes
        depth: list[int] = []
        for node in nodes:
            shapes = node.figures.param_shapes.values() if node.figures else ()
            before = max((depth[value.node] for value in node.fed if value.node >= 0), default=0)
            depth.append(before + any(len(shape) > 1 for shape in shapes))
        maps = next(
            node.figures.outputs[0].shape[0] for node in nodes if node.figures and node.path == "inception3a.concat"
        )
        return Outcome(depth[-1] == 22 and maps == 256, f"{depth[-1]} layers, expected 22; {maps} maps, expected 256")

    @check("exact")
    def one_sparse_kernel(self) -> Outcome:
        """Without activations the three convolving branches are one 5 × 5 convolution, of low rank and mostly zero."""
        torch.manual_seed(0)
        x = torch.randn(2, 6, 9, 9)
        one = nn.Conv2d(6, 4, 1, bias=False)
        before3, three = nn.Conv2d(6, 2, 1, bias=False), nn.Conv2d(2, 5, 3, padding=1, bias=False)
        before5, five = nn.Conv2d(6, 2, 1, bias=False), nn.Conv2d(2, 3, 5, padding=2, bias=False)
        branches = torch.cat((one(x), three(before3(x)), five(before5(x))), 1)
        kernels = (
            nn.functional.pad(one.weight, (2, 2, 2, 2)),
            nn.functional.pad(torch.einsum("omuv,mi->oiuv", three.weight, before3.weight[:, :, 0, 0]), (1, 1, 1, 1)),
            torch.einsum("omuv,mi->oiuv", five.weight, before5.weight[:, :, 0, 0]),
        )
        return agree("one convolution", nn.functional.conv2d(x, torch.cat(kernels), padding=2), branches)

    @check("exact")
    def classifiers_of_training_alone(self) -> Outcome:
        """Two classifiers of 6,379,984 parameters, and 0.3 of their losses, are there in training; then nothing is."""
        design = registry.get("design", "googlenet").obj()
        bound = bind(design)
        more = sum(node.figures.params for node in bound.nodes if node.training and node.figures)
        weights = [one.weight for one in bound.collected.values()]
        torch.manual_seed(0)
        small = bind(design, variables=SMALL)
        full = build(small, collect=True).eval()
        plain, without = uncollected(full, small), build(design, variables={**SMALL, "aux_weight": 0}).eval()
        without.load_state_dict(plain.state_dict())
        x = torch.randn(2, 3, 64, 64)
        fair = more == 6_379_984 and weights == [0.3, 0.3]
        words = f"{more:,} parameters, expected 6,379,984, with weights {weights}"
        return Outcome(fair, words) & agree("logits without them", without(x), full(x)[0])

    @check("exact")
    def gradients_from_the_middle(self) -> Outcome:
        """A training step's gradients are those of the last classifier and 0.3 times those of the two in the middle."""
        bound = bind(registry.get("design", "googlenet").obj(), variables=SMALL)
        torch.manual_seed(0)
        module = build(bound, collect=True).double()
        for part in module.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0
        batch = {"image": torch.randn(4, 3, 64, 64, dtype=torch.float64), "target": torch.tensor([1, 2, 3, 4])}
        taken = {name: Taken(one.role, one.weight) for name, one in bound.collected.items()}
        losses = _Losses()
        context = Context(module, ("image",), nn.functional.cross_entropy, _no_figures, losses, nullcontext, taken)
        registry.get("method", "supervised").obj(context).step({"train": batch})
        logits, more = module(batch["image"])
        parts = [nn.functional.cross_entropy(one, batch["target"]) for one in (logits, *more.values())]
        outcome = Outcome(len(parts) == 3, f"{len(parts)} losses, expected 3")
        for name, reached in (("conv1.conv", 3), ("inception4c.branch1.conv", 2), ("inception5b.branch1.conv", 1)):
            weight = module.get_parameter(f"{name}.weight")
            (ours,) = torch.autograd.grad(losses.last, weight, retain_graph=True)
            grads = [torch.autograd.grad(one, weight, retain_graph=True, allow_unused=True)[0] for one in parts]
            shares = [grad * share for grad, share in zip(grads, (1, 0.3, 0.3), strict=True) if grad is not None]
            outcome &= agree(name, ours, torch.stack(shares).sum(0), within=1e-10)
            outcome &= Outcome(len(shares) == reached, f"{len(shares)} losses reach it, expected {reached}")
        return outcome

    @check("small", minutes=4)
    def classifiers_in_the_middle_help(self, lab: Lab) -> Outcome:
        """In the paper's form, without batch norm, training with them classifies digits no worse than without."""
        design = registry.get("design", "googlenet").obj()
        sizes = {"width": 16, "image_size": 32, "batch_norm": False, "third_kernel": 5}
        with_them, without = ((design, {**sizes, "aux_weight": weight}) for weight in (0.3, 0))
        return compared(lab, {"with them": with_them, "without": without}, "digits", margin=0.005, epochs=12)

    @check("small", minutes=2)
    def branches_help(self, lab: Lab) -> Outcome:
        """With no more parameters, Inception blocks classify digits no worse than plain 3 × 3 convolutions."""
        contestants = {"Inception": _stack(inception=True), "plain": _stack(inception=False)}
        params = {name: int(analyze(design).total["params"]) for name, design in contestants.items()}
        words = ", ".join(f"{name} {count:,} parameters" for name, count in params.items())
        found = compared(lab, contestants, "digits", margin=0.005, epochs=12)
        return Outcome(params["Inception"] <= params["plain"], words, {"params": params}) & found


class _Losses:
    """Takes what a step would descend on."""

    last: Tensor

    def step(self, loss: Tensor) -> None:
        self.last = loss


def _no_figures(output: Any, target: Tensor) -> dict[str, Tensor]:
    return {}


def _stack(*, inception: bool) -> Design:
    """A first convolution and three blocks for small images: of Inception, or of one 3 × 3 convolution each."""
    b = Builder("inception_stack" if inception else "plain_stack", task="image_classification")
    x = image_input(b, 16, channels=1, classes=10, domain=whole(8, 32))
    b.variable("batch_norm", True)
    b.variable("third_kernel", 5)
    inception_unit(b)
    inception_block(b)
    x = b.add_group("stem", "unit", x, width=16)
    for block in range(3):
        if inception:
            sizes: dict[str, Any] = dict(zip(PARTS, (8, 8, 16, 4, 8, 4), strict=True))
            x = b.add_group(f"block{block}", "inception", x, **sizes)
        else:
            x = b.add_group(f"block{block}", "unit", x, width=18)
        x = b.add(f"pool{block}", "max_pool2d", x, kernel_size=2)
    classes_output(b, b.add("global_pool", "global_avg_pool", x))
    return b.build()
