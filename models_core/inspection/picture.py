"""A small picture of one activation: maps of an image in a grid, a strip for a sequence, bars for a vector.

Blue is below zero, amber above, dark is zero; magenta is not a number, or infinite. All is scaled together.
"""

from __future__ import annotations

import base64
import io
import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

MAPS = 64
"""Feature maps shown at most."""
LEAST_TILE = 4
BARS_HEIGHT = 32
ZERO, GAP, BAD = 126, 254, 255
"""Places in the palette: zero in the middle of 0...252, the transparent gap between maps, and what is no number."""
_QUANTILE = 0.995
_QUANTILE_OF = 65_536


@dataclass(frozen=True)
class Drawn:
    """A picture as a data URI of a PNG, and what it shows in words."""

    uri: str
    caption: str


def draw(x: Tensor, axes: tuple[str, ...], side: int) -> Drawn | None:
    """A picture of one sample, at most about `side` pixels wide and high; None for a single number."""
    x = x.detach().float()
    if x.numel() <= 1:
        return None
    if x.dim() == 1 or x.numel() == max(x.shape):
        pixels, caption = _bars(x.flatten(), side)
    elif x.dim() == 2:
        # Time runs to the right, channels run down.
        rows = x if axes[1] == "L" else x.T
        pixels = _levels(_fitted(rows[None], side, side)[0], _scale(x))
        caption = f"{rows.shape[1]:,} positions to the right, {rows.shape[0]:,} channels down"
    else:
        pixels, caption = _maps(x.reshape(-1, *x.shape[-2:]), side)
    return Drawn(_png(pixels), caption)


def _maps(x: Tensor, side: int) -> tuple[np.ndarray, str]:
    """Feature maps (C H W) in a square grid, the first ones where there are too many."""
    n, height, width = x.shape
    most = max(1, min(MAPS, (side // LEAST_TILE) ** 2))
    shown = min(n, most)
    columns = math.ceil(math.sqrt(shown))
    tile = max(LEAST_TILE, side // columns)
    tiles = _levels(_fitted(x[:shown], tile, tile), _scale(x))
    rows = math.ceil(shown / columns)
    height, width = tiles.shape[1:]
    grid = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), GAP, np.uint8)
    for at, one in enumerate(tiles):
        top, left = at // columns * (height + 1), at % columns * (width + 1)
        grid[top : top + height, left : left + width] = one
    names = f"{n:,} maps" if shown == n else f"{shown} of {n:,} maps"
    return grid, f"{names} of {x.shape[1]}×{x.shape[2]}" if n > 1 else f"a map of {x.shape[1]}×{x.shape[2]}"


def _bars(x: Tensor, side: int) -> tuple[np.ndarray, str]:
    """A vector as bars from the zero line; of values that share a bar the one farthest from zero."""
    n = x.numel()
    width = min(n, side)
    edges = np.linspace(0, n, width + 1).round().astype(int)
    values = x.cpu().numpy()
    parts = (values[low:high] for low, high in itertools.pairwise(edges))
    chosen = np.array([part[np.argmax(np.where(np.isfinite(part), np.abs(part), np.inf))] for part in parts])
    bars = torch.from_numpy(chosen)
    scale = _scale(x)
    levels = _levels(bars, scale)
    height = min(BARS_HEIGHT, max(8, side // 3))
    zero = room = height - 1
    if bool((bars < 0).any()):
        height += 1 - height % 2
        zero = room = height // 2
    lengths = torch.nan_to_num((bars / scale).clamp(-1, 1).mul(room).round(), nan=room).int().tolist()
    pixels = np.full((height, width), ZERO, np.uint8)
    for column, length in enumerate(lengths):
        low, high = (zero - length, zero) if length >= 0 else (zero, zero - length)
        pixels[max(low, 0) : high + 1, column] = levels[column]
    # A few wide bars can be told apart; many are a skyline.
    each = max(1, min(8, side // width))
    return np.repeat(pixels, each, axis=1), f"{n:,} values" if width == n else f"{n:,} values in {width} bars"


def _fitted(x: Tensor, height: int, width: int) -> Tensor:
    """Pictures (C H W) no larger than that, each pixel the mean of those it stands for; small ones as they are."""
    size = (min(height, x.shape[1]), min(width, x.shape[2]))
    if size == tuple(x.shape[1:]):
        return x
    # The mean of a place with NaN or infinity in it is none either, so those still show.
    return functional.adaptive_avg_pool2d(x[None], size)[0]


def _scale(x: Tensor) -> float:
    """What is drawn at full strength: the 99.5th percentile of |x|, so that one number does not darken the rest."""
    values = x[x.isfinite()].abs()
    if not len(values):
        return 1.0
    some = values[:: math.ceil(len(values) / _QUANTILE_OF)]
    found = float(some.kthvalue(max(1, round(_QUANTILE * len(some)))).values)
    return found or float(values.max()) or 1.0


def _levels(x: Tensor, scale: float) -> np.ndarray:
    """uint8 places in the palette."""
    levels = (x / scale).clamp(-1, 1).mul(ZERO).round().add(ZERO)
    found: np.ndarray = torch.where(x.isfinite(), levels, float(BAD)).to(torch.uint8).cpu().numpy()
    return found


def _palette() -> list[int]:
    """Blue to dark to amber, the gap, magenta."""
    below, zero, above = np.array([[96, 170, 255], [20, 24, 31], [255, 180, 84]], dtype=float)
    strength = np.linspace(0, 1, ZERO + 1)[:, None] ** 0.8
    rows = np.concatenate([(zero + (below - zero) * strength)[:0:-1], zero + (above - zero) * strength])
    padded = np.vstack([rows, np.zeros((256 - len(rows), 3))])
    padded[BAD] = (255, 0, 200)
    return [int(value) for value in padded.round().ravel()]


_PALETTE = _palette()


def _png(levels: np.ndarray) -> str:
    image = Image.fromarray(levels, "P")
    image.putpalette(_PALETTE)
    file = io.BytesIO()
    image.save(file, "PNG", transparency=GAP, compress_level=6)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
