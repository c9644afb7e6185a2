"""What blocks have in common that mix all outputs so far by weights that every token tells."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, rms_norm


class DynamicMix(nn.Module):
    """`ways` mixtures of `n` tensors, N L D each; the weights come from a small MLP on the last of them."""

    axes: ClassVar[dict[str, str]] = {"static": "ways inputs"}

    def __init__(self, dim: int, n: int, ways: int, expand: int) -> None:
        super().__init__()
        self.n, self.ways = n, ways
        self.hidden = nn.Linear(dim, expand * ways * n, bias=False)
        self.dynamic = nn.Linear(expand * ways * n, ways * n, bias=False)
        # All but zero, so that it begins as a plain residual network and yet learns.
        nn.init.normal_(self.dynamic.weight, std=1e-3)
        self.static = nn.Parameter(torch.zeros(ways, n))
        with torch.no_grad():
            self.static[:, -1] = 1

    def mixtures(self, xs: tuple[Tensor, ...]) -> list[Tensor]:
        """The mixtures, one for each way."""
        if len(xs) != self.n:
            raise ValueError(f"there are weights for {self.n} inputs, but {len(xs)} come in; let n follow them")
        latest = rms_norm(xs[-1], xs[-1].shape[-1:], eps=1e-6)
        weights = self.dynamic(gelu(self.hidden(latest))).unflatten(2, (self.ways, self.n)) + self.static
        return [self.mixed(xs, weights[:, :, way]) for way in range(self.ways)]

    def mixed(self, xs: tuple[Tensor, ...], weights: Tensor) -> Tensor:
        """The sum of tensors, each times its column of N L n weights."""
        total = xs[0] * weights[:, :, :1]
        for at in range(1, self.n):
            total = total + xs[at] * weights[:, :, at : at + 1]
        return total

    def cost(self, in_shapes: list[tuple[tuple[int, ...], ...]]) -> int:
        length, dim = in_shapes[0][0][-2:]
        inner, wide = self.hidden.out_features, self.ways * self.n
        return length * (dim * inner + inner * wide + wide * dim)
