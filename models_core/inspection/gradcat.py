"""Which part of an image a class's logit comes from: down the levels of a network that halves the image's grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Visit:
    """One step down: at `level` the quarter with the largest share of the logit, by its place in the grid of blocks.

    The grid has 2 x 2 blocks after the first step and twice as many per side after each further one. `shares` are those
    of all four quarters, row by row.
    """

    level: str
    row: int
    column: int
    shares: tuple[float, float, float, float]


def gradcat(module: nn.Module, image: Tensor, levels: Sequence[str], label: int | None = None) -> list[Visit]:
    """The path from the whole image to one block, a child at each level: GradCAT of Zhang et al., NesT, 2021.

    `image` is a batch of one; `levels` names, the coarsest first, modules inside that give maps N C H W, each of which
    covers the whole image. A quarter's share is the mean of its values times the gradients of the logit of `label`, by
    default the class the network says. Raises ValueError where a level is no such module or its map has no quarters.
    """
    maps: dict[str, Tensor] = {}
    hooks = []
    for level in levels:
        try:
            part = module.get_submodule(level)
        except AttributeError:
            raise ValueError(f"there is no module {level}; name one whose output is a map of the image") from None
        hooks.append(part.register_forward_hook(lambda _, args, out, level=level: maps.update({level: out})))
    training = module.training
    try:
        with torch.enable_grad():
            logits = module.eval()(image.detach().requires_grad_())
            logit = logits[0, logits[0].argmax() if label is None else label]
            grads = torch.autograd.grad(logit, [maps[level] for level in levels])
    finally:
        module.train(training)
        for hook in hooks:
            hook.remove()
    path: list[Visit] = []
    row = column = 0
    for step, (level, grad) in enumerate(zip(levels, grads, strict=True)):
        worth = (maps[level] * grad).detach()
        if worth.dim() != 4 or any(size % 2 ** (step + 1) for size in worth.shape[2:]):
            shape = " x ".join(map(str, worth.shape))
            raise ValueError(f"{level} gives {shape}, of which step {step + 1} takes no quarter; name a finer map")
        high, wide = (size // 2**step for size in worth.shape[2:])
        block = worth[0, :, row * high : (row + 1) * high, column * wide : (column + 1) * wide].sum(0)
        quarters = block.unflatten(1, (2, -1)).unflatten(0, (2, -1)).mean((1, 3)).flatten()
        best = int(quarters.argmax())
        row, column = 2 * row + best // 2, 2 * column + best % 2
        a, b, c, d = quarters.tolist()
        path.append(Visit(level, row, column, (a, b, c, d)))
    return path
