"""What of an image the middle of a map really depends on: the effective receptive field."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from models_core.compile import Bound, axes_of


def effective_field(module: nn.Module, images: Tensor, level: str) -> Tensor:
    """How much each pixel matters to the middle of a map: after Luo et al., Effective Receptive Field, 2016.

    `images` is N C H W; `level` names a module inside that gives a map N C' H' W'. The result, H W, is the magnitude of
    the gradients of the sum of the map's middle over its channels, summed over colours, averaged over images; its
    largest is 1. Where a size is even the middle is between two positions, and both count. Raises ValueError where the
    level is no such module, or depends on no pixel.
    """
    try:
        part = module.get_submodule(level)
    except AttributeError:
        raise ValueError(f"there is no module {level}; name one whose output is a map of the image") from None
    maps: list[Tensor] = []
    hook = part.register_forward_hook(lambda _, args, out: maps.append(out))
    training = module.training
    try:
        with torch.enable_grad():
            images = images.detach().requires_grad_()
            module.eval()(images)
            if maps[-1].dim() != 4:
                raise ValueError(f"{level} gives {' x '.join(map(str, maps[-1].shape))}, which is no map of an image")
            (grad,) = torch.autograd.grad(_middle(maps[-1]).sum(), images)
    finally:
        module.train(training)
        hook.remove()
    field = grad.abs().sum(1).mean(0)
    if not field.any():
        raise ValueError(f"the middle of {level} depends on no pixel of these images")
    return field / field.max()


def last_map(bound: Bound) -> str | None:
    """The path of the last node that gives a map of more than one position; None where no node does."""
    axes = axes_of(bound)
    for leaf in reversed(bound.leaves):
        out = leaf.figures.outputs[0] if leaf.figures else None
        if axes.get((leaf.index, 0)) == ("C", "H", "W") and out and not leaf.bypassed and max(out.shape[1:]) > 1:
            return leaf.path
    return None


def sides(field: Tensor, shares: Iterable[float]) -> list[int]:
    """The sides of the smallest centred squares in pixels that hold these shares of an effective field (H W)."""
    height, width = field.shape
    rows, columns = ((torch.arange(size, device=field.device) - (size - 1) / 2).abs() for size in (height, width))
    # A pixel is inside a square from that side on.
    needed = 2 * torch.maximum(rows[:, None], columns[None, :]).ceil().long() + 1
    held = torch.zeros(int(needed.max()) + 1, dtype=torch.float64, device=field.device)
    held = held.index_add(0, needed.flatten(), field.flatten().double()).cumsum(0) / field.double().sum()
    return [int((held >= share - 1e-9).nonzero()[0]) for share in shares]


def _middle(x: Tensor) -> Tensor:
    height, width = x.shape[2:]
    return x[:, :, (height - 1) // 2 : height // 2 + 1, (width - 1) // 2 : width // 2 + 1]
