"""Where a token stands: waves of positions, rotary features, and scores by distance."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad


def sinusoids(positions: Tensor, dim: int, base: float = 10000.0) -> Tensor:
    """Sines, then cosines, of positions (L) at geometrically spaced wavelengths: L x dim, for an even dim."""
    rates = base ** (-torch.arange(0, dim, 2, device=positions.device, dtype=torch.float32) / dim)
    angles = positions.to(rates.dtype)[:, None] * rates
    return torch.cat((angles.sin(), angles.cos()), -1)


def rotary(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    """Turns pairs of features by angles that grow with the position: products of two tokens then see their distance.

    x is ... L D with an even D; feature i is paired with feature i + D / 2.
    """
    half = x.shape[-1] // 2
    waves = sinusoids(positions, x.shape[-1], base).to(x.dtype)
    sine, cosine = waves[..., :half], waves[..., half:]
    one, two = x[..., :half], x[..., half:]
    return torch.cat((one * cosine - two * sine, two * cosine + one * sine), -1)


def by_distance(scores: Tensor) -> Tensor:
    """Moves row i of scores (... L M) left by L - 1 - i, as scores by distance become scores by key.

    Column j of the input belongs to distance M - 1 - j; entries beyond the diagonal of the last L keys mean nothing.
    """
    rows, columns = scores.shape[-2:]
    shifted = pad(scores, (1, 0)).flatten(-2).unflatten(-1, (columns + 1, rows))
    return shifted[..., 1:, :].flatten(-2).unflatten(-1, (rows, columns))
