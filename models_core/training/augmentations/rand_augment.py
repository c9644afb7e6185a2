"""RandAugment."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated

import torch
from torch import Tensor
from torch.nn import functional

from models_core.registry import Doc, Range, Source, register

Operation = Callable[[Tensor, Tensor], Tensor]
"""From uint8 pictures n C H W and a signed strength for each, 1 and more at most, to changed pictures."""


@register(
    "augmentation",
    id="rand_augment",
    title="RandAugment",
    source=Source(
        "Ekin D. Cubuk, Barret Zoph, Jonathon Shlens, Quoc V. Le",
        "RandAugment: Practical Automated Data Augmentation with a Reduced Search Space",
        2020,
        "https://arxiv.org/abs/1909.13719",
    ),
)
class RandAugment:
    """Changes every picture by some operations drawn from fourteen, all of one strength.

    They are identity, autocontrast, equalize, rotate, shear across, shear down, shift across, shift down, posterize,
    solarize, color, contrast, brightness, sharpness. Signs are drawn for each picture; what comes in is black.
    """

    def __init__(
        self,
        n: Annotated[int, Range(1, 8), Doc("Operations that each picture goes through")] = 2,
        magnitude: Annotated[
            float, Range(0, 30), Doc("Strength; at 10 rotates by 30°, shears by 0.3, shifts by 0.45 of the side")
        ] = 10.0,
    ) -> None:
        self.n = n
        self.strength = magnitude / 10

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        x = x.clone()
        for _ in range(self.n):
            drawn = torch.randint(0, len(OPERATIONS), (x.shape[0],), generator=generator)
            signs = torch.randint(0, 2, (x.shape[0],), generator=generator) * 2 - 1
            for at, operation in enumerate(OPERATIONS.values()):
                # Chosen on the CPU, where the draw is: a GPU is never waited for.
                chosen = (drawn == at).nonzero()[:, 0]
                if len(chosen):
                    strengths = (signs[chosen] * self.strength).to(x.device, non_blocking=True)
                    chosen = chosen.to(x.device, non_blocking=True)
                    x[chosen] = operation(x[chosen], strengths)
        return x


def identity(x: Tensor, strength: Tensor) -> Tensor:
    """The pictures as they are."""
    return x


def autocontrast(x: Tensor, strength: Tensor) -> Tensor:
    """Every channel stretched from 0 to 255."""
    # In 64 bits, divided and in this order, as Pillow reckons: otherwise a value now and then is one less.
    low, high = x.amin((2, 3), keepdim=True).double(), x.amax((2, 3), keepdim=True).double()
    scale = torch.full_like(high, 255) / (high - low).clamp(min=1)
    return torch.where(high > low, (x * scale - low * scale).clamp(0, 255), x).to(torch.uint8)


def equalize(x: Tensor, strength: Tensor) -> Tensor:
    """Every channel's histogram made as even as a table of its values can."""
    flat = x.flatten(2).flatten(0, 1).long()
    counts = flat.new_zeros(flat.shape[0], 256).scatter_add_(1, flat, torch.ones_like(flat))
    # As Pillow reckons: the largest value present takes no part in the width of a step.
    largest = counts.gather(1, flat.amax(1, keepdim=True))
    step = (flat.shape[1] - largest) // 255
    below = counts.cumsum(1) - counts
    table = ((below + step // 2) // step.clamp(min=1)).clamp(max=255)
    table = torch.where(step > 0, table, torch.arange(256, device=x.device))
    return table.gather(1, flat).view_as(x).to(torch.uint8)


def rotate(x: Tensor, strength: Tensor) -> Tensor:
    """Turned to the left about the middle, by 30 degrees at strength 1."""
    angle = strength * math.radians(30)
    return _moved(x, torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1))


def shear_x(x: Tensor, strength: Tensor) -> Tensor:
    """Rows pushed along by 0.3 of their distance from the middle at strength 1."""
    one, zero = torch.ones_like(strength), torch.zeros_like(strength)
    return _moved(x, torch.stack([one, 0.3 * strength, zero, one], 1))


def shear_y(x: Tensor, strength: Tensor) -> Tensor:
    """Columns pushed along by 0.3 of their distance from the middle at strength 1."""
    one, zero = torch.ones_like(strength), torch.zeros_like(strength)
    return _moved(x, torch.stack([one, zero, 0.3 * strength, one], 1))


def shift_x(x: Tensor, strength: Tensor) -> Tensor:
    """Shifted across by 0.45 of the width at strength 1."""
    return _moved(x, None, across=0.45 * strength)


def shift_y(x: Tensor, strength: Tensor) -> Tensor:
    """Shifted down by 0.45 of the height at strength 1."""
    return _moved(x, None, down=0.45 * strength)


def posterize(x: Tensor, strength: Tensor) -> Tensor:
    """The lowest four bits of every value cleared at strength 1."""
    bits = (4 * strength.abs()).round().clamp(max=7)
    step = torch.exp2(bits)[:, None, None, None]
    return ((x / step).floor() * step).to(torch.uint8)


def solarize(x: Tensor, strength: Tensor) -> Tensor:
    """Values from a threshold on turned around: none at strength 0, all at strength 1."""
    threshold = (256 * (1 - strength.abs()))[:, None, None, None]
    return torch.where(x >= threshold, 255 - x, x)


def color(x: Tensor, strength: Tensor) -> Tensor:
    """More or less colour, by nine tenths at strength 1; grey pictures stay as they are."""
    return _blend(_grey(x), x, strength) if x.shape[1] == 3 else x


def contrast(x: Tensor, strength: Tensor) -> Tensor:
    """Away from the mean brightness or towards it, by nine tenths at strength 1."""
    mean = (_grey(x).mean((1, 2, 3), keepdim=True) + 0.5).floor()
    return _blend(mean, x, strength)


def brightness(x: Tensor, strength: Tensor) -> Tensor:
    """Brighter or darker by nine tenths at strength 1."""
    return _blend(torch.zeros(1, device=x.device), x, strength)


def sharpness(x: Tensor, strength: Tensor) -> Tensor:
    """Away from a smoothed picture or towards it, by nine tenths at strength 1; its border stays."""
    if min(x.shape[2:]) < 3:
        return x
    smooth = x.float()
    around = functional.avg_pool2d(smooth, 3, 1) * 9
    smooth[:, :, 1:-1, 1:-1] = ((around + 4 * smooth[:, :, 1:-1, 1:-1]) / 13 + 0.5).floor()
    return _blend(smooth, x, strength)


OPERATIONS: dict[str, Operation] = {
    one.__name__: one
    for one in (
        identity, autocontrast, equalize, rotate, shear_x, shear_y, shift_x, shift_y,
        posterize, solarize, color, contrast, brightness, sharpness,
    )
}  # fmt: skip


def _blend(start: Tensor, x: Tensor, strength: Tensor) -> Tensor:
    """From `start` through the picture and beyond: the picture itself at strength 0."""
    factor = (1 + 0.9 * strength).clamp(min=0.1)[:, None, None, None]
    return (start + factor * (x - start)).clamp(0, 255).to(torch.uint8)


def _grey(x: Tensor) -> Tensor:
    """Brightness by ITU-R 601-2 in 65,536ths, whole numbers; the mean of channels that are no RGB."""
    if x.shape[1] != 3:
        return x.float().mean(1, keepdim=True)
    red, green, blue = x.int().split(1, 1)
    return (red * 19595 + green * 38470 + blue * 7471 + 2**15 >> 16).float()


def _moved(x: Tensor, matrix: Tensor | None, across: Tensor | float = 0.0, down: Tensor | float = 0.0) -> Tensor:
    """Each pixel taken, between its neighbours, from where `matrix` and the shift in sides put it from the middle."""
    n, _, height, width = x.shape
    theta = torch.eye(2, 3, device=x.device).repeat(n, 1, 1)
    if matrix is not None:
        theta[:, :, :2] = matrix.view(n, 2, 2)
    # affine_grid counts in half sides, in which a turn of a picture that is no square would shear it.
    theta[:, 0, 1] *= height / width
    theta[:, 1, 0] *= width / height
    theta[:, 0, 2] -= 2 * across
    theta[:, 1, 2] -= 2 * down
    grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
    return functional.grid_sample(x.float(), grid, align_corners=False).round().to(torch.uint8)
