"""NesT."""

from __future__ import annotations

import statistics
from typing import Any

import torch
from torch import Tensor, fx, nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind, build
from models_core.data import batches, preprocess_for
from models_core.inspection import gradcat
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check, compared, counted

SMALL: dict[str, Any] = {
    "image_size": 32, "patch": 2, "width": 32, "head_width": 16, "depth1": 1, "depth2": 1, "depth3": 2,
}  # fmt: skip
LEVELS = ("norm", "image2.image")
"""What leaves the levels as an image: of the last one block, of the one before 2 x 2 of them.

Of the last level it is what leaves the norm: scaling a position in front of a norm changes nothing behind it.
"""


@register(
    "paper",
    id="nested-hierarchical-transformer",
    family="transformer",
    source=Source(
        "Zizhao Zhang, Han Zhang, Long Zhao, Ting Chen, Sercan Arik, Tomas Pfister",
        "Nested Hierarchical Transformer: Towards Accurate, Data-Efficient and Interpretable Visual Understanding",
        2021,
        "https://arxiv.org/abs/2105.12723",
    ),
)
class NesT(Paper):
    """Plain transformers inside blocks of an image; blocks meet only where a convolution merges four into one."""

    claim = "Trained on CIFAR-10 alone, 6 M parameters reach 96 %; 68 M reach 83.8 % on ImageNet at 224 pixels"
    entries = ("block/block_attention", "design/nest_tiny", "design/nest_small", "design/nest_base")
    notes = (
        "Pooling and convolution pad evenly, as in timm's port; the authors' code pads as TensorFlow does. There are "
        "three levels. GradCAT follows what raises a class's logit, values times gradients; its sign in the paper is "
        "not known here. The decoder that makes images (claimed to be 8 x faster than others of transformers) is not "
        "here."
    )

    @check("exact")
    def counts(self) -> Outcome:
        """NesT-T, S and B have timm's 17,057,608, 38,351,176 and 67,723,368 parameters; 5.8, 10.3 and 17.9 G MACs."""
        found = counted("nest_tiny", params=17_057_608, macs=5.81e9)
        found &= counted("nest_small", params=38_351_176, macs=10.32e9)
        return found & counted("nest_base", params=67_723_368, macs=17.93e9)

    @check("exact")
    def self_attention_in_each_block(self) -> Outcome:
        """Attention in blocks is self-attention over each block alone, forward and backward; with one, over all."""
        torch.manual_seed(0)
        plain = registry.get("block", "self_attention").obj(8, heads=2)
        x = torch.randn(2, 12, 8, requires_grad=True)
        found = Outcome(True, "as self-attention")
        for blocks in (1, 3):
            ours = registry.get("block", "block_attention").obj(8, blocks=blocks, heads=2)
            ours.load_state_dict(plain.state_dict())
            outs = ours(x), torch.cat([plain(part) for part in x.chunk(blocks, 1)], 1)
            grads = [torch.autograd.grad(out.square().sum(), x)[0] for out in outs]
            found &= agree(f"output, {blocks} blocks", *outs) & agree(f"gradient, {blocks} blocks", *grads)
        return found

    @check("exact")
    def blocks_meet_where_they_merge(self) -> Outcome:
        """A change in one of 4 × 4 blocks stays in it through level 1; one at the centre is in all four of level 2."""
        torch.manual_seed(0)
        module = build(registry.get("design", "nest_tiny").obj(), variables=SMALL).eval()
        levels: dict[int, Tensor] = {}
        for level in (1, 2):
            merging = module.get_submodule(f"aggregate{level + 1}.conv")
            merging.register_forward_pre_hook(lambda _, args, level=level: levels.update({level: args[0]}))
        x = torch.rand(1, 3, 32, 32)
        seen = []
        with torch.no_grad():
            module(x)
            before = dict(levels)
            for corner in (0, 8):
                changed = x.clone()
                changed[..., corner : corner + 8, corner : corner + 8] += 1
                module(changed)
                for level, grid in ((1, 4), (2, 2)):
                    apart = (levels[level] - before[level]).abs().sum((0, 1))
                    blocks = apart.unflatten(1, (grid, -1)).unflatten(0, (grid, -1)).sum((1, 3)) > 0
                    seen.append(int(blocks.sum()))
        return Outcome(seen == [1, 1, 1, 4], f"{seen} blocks changed, expected [1, 1, 1, 4]")

    @check("small", minutes=2)
    def with_little_data(self, lab: Lab) -> Outcome:
        """On 1,437 digits a small one is no worse than a plain vision transformer of more parameters and MACs."""
        contestants = {
            "NesT": (registry.get("design", "nest_tiny").obj(), {**SMALL, "image_size": 16}),
            "ViT": (registry.get("design", "vit").obj(), {"image_size": 16, "width": 128, "depth": 4}),
        }
        totals = [analyze(design, variables=sizes).total for design, sizes in contestants.values()]
        for what in ("params", "macs"):
            ours, theirs = (total[what] for total in totals)
            assert ours < theirs, f"{ours:,} {what}, ViT {theirs:,}"
        return compared(lab, contestants, "digits", epochs=5)

    @check("exact")
    def a_path_visits_one_child_per_level(self) -> Outcome:
        """GradCAT goes from the whole image to one of four blocks, then to one of that block's four, for any class."""
        torch.manual_seed(0)
        module = build(registry.get("design", "nest_tiny").obj(), variables=SMALL).eval()
        children = paths = 0
        for label in range(8):
            first, second = gradcat(module, torch.randn(1, 3, 32, 32), LEVELS, label)
            children += (second.row // 2, second.column // 2) == (first.row, first.column)
            paths += first.row < 2 and first.column < 2 and second.row < 4 and second.column < 4
        return Outcome(children == paths == 8, f"of 8 paths {paths} end in a block, {children} by way of its parent")

    @check("exact")
    def shares_are_what_scaling_a_child_changes(self) -> Outcome:
        """A child's share is what its logit gains, per position, for each part by which the child's map is scaled;
        over all 4 x 4 positions the first four come to the logit without its offset."""
        torch.manual_seed(0)
        module = build(registry.get("design", "nest_tiny").obj(), variables=SMALL).eval().double()
        x = torch.randn(1, 3, 32, 32, dtype=torch.float64)
        path = gradcat(module, x, LEVELS, 5)
        logit = module(x)[0, 5] - module.get_parameter("head.bias")[5]
        outcome = agree("logit", 16 * torch.tensor(path[0].shares, dtype=torch.float64).mean(), logit, within=1e-6)
        for visit, size in zip(path, (2, 4), strict=True):
            parent = visit.row // 2 * 2, visit.column // 2 * 2
            places = [(parent[0] + row, parent[1] + column) for row in (0, 1) for column in (0, 1)]
            gains = [_gain(module, x, visit.level, size, *place) for place in places]
            ours, theirs = (torch.tensor(one, dtype=torch.float64) for one in (gains, visit.shares))
            outcome &= agree(visit.level, ours / theirs.abs().max(), theirs / theirs.abs().max(), within=1e-6)
        return outcome

    @check("small", minutes=5)
    def the_block_it_ends_at_matters(self, lab: Lab) -> Outcome:
        """After training on digits, hiding the block a path ends at lowers the logit more than hiding another."""
        gains: dict[str, list[float]] = {"chosen": [], "others": []}
        for seed in lab.seeds:
            sizes = {**SMALL, "image_size": 16}
            run = lab.train(registry.get("design", "nest_tiny").obj(), "digits", seed=seed, variables=sizes, epochs=3)
            dataset = lab.dataset("digits")
            bound = bind(registry.get("design", "nest_tiny").obj(), dataset.facts(), sizes)
            images = next(
                iter(batches(dataset.split("test"), preprocess_for(dataset, bound.inputs), 100, shuffle=False))
            )
            chosen, others = _hidden(run.module, images["image"])
            gains["chosen"].append(chosen)
            gains["others"].append(others)
            lab.tell(f"seed {seed}: {chosen:.3f} for the block it ends at, {others:.3f} for others")
        more = [ours > theirs for ours, theirs in zip(gains["chosen"], gains["others"], strict=True)]
        figure = ", ".join(f"{name} {statistics.fmean(values):.3f}" for name, values in gains.items())
        confirmed = True if all(more) else None if any(more) else False
        return Outcome(confirmed, f"loss of logit over 100 digits, {len(more)} seeds: {figure}", gains)


def _gain(module: fx.GraphModule, x: Tensor, level: str, grid: int, row: int, column: int) -> float:
    """How fast a logit grows when one of grid x grid blocks of a level's map is scaled up, per position of it."""
    logits, positions = [], 1
    for factor in (1 + 1e-5, 1 - 1e-5):

        def scale(_: nn.Module, args: Any, out: Tensor, factor: float = factor) -> Tensor:
            nonlocal positions
            high, wide = (size // grid for size in out.shape[2:])
            positions = high * wide
            scaled = out.clone()
            scaled[..., row * high : (row + 1) * high, column * wide : (column + 1) * wide] *= factor
            return scaled

        hook = module.get_submodule(level).register_forward_hook(scale)
        with torch.no_grad():
            logits.append(float(module(x)[0, 5]))
        hook.remove()
    return (logits[0] - logits[1]) / 2e-5 / positions


def _hidden(module: fx.GraphModule, images: Tensor) -> tuple[float, float]:
    """What the class's logit loses on average where the path's last block is hidden, and where another is."""
    chosen: list[float] = []
    others: list[float] = []
    size, dark = images.shape[-1] // 4, float(images.min())
    for image in images.split(1):
        last = gradcat(module, image, LEVELS)[-1]
        with torch.inference_mode():
            logits = module(image)[0]
            label = int(logits.argmax())
            for row in range(4):
                for column in range(4):
                    hidden = image.clone()
                    hidden[..., row * size : (row + 1) * size, column * size : (column + 1) * size] = dark
                    lost = float(logits[label] - module(hidden)[0, label])
                    (chosen if (row, column) == (last.row, last.column) else others).append(lost)
    return statistics.fmean(chosen), statistics.fmean(others)
