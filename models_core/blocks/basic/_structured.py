"""What linear layers with a structured matrix share: the dense matrix they stand for, and the guide they train with."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.registry import Doc, Range

GuideSteps = Annotated[
    int, Range(0, 1 << 30), Doc("Training steps during which a dense matrix, fading out, helps along; 0: none.")
]


class Structured(nn.Module):
    """A linear layer whose matrix is a product of smaller ones; `_product` applies it."""

    guide: nn.Parameter
    progress: Tensor

    def __init__(self, in_features: int, out_features: int, bias: bool, guide_steps: int) -> None:
        super().__init__()
        self.in_features, self.out_features, self.guide_steps = in_features, out_features, guide_steps
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def _product(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _start_guide(self) -> None:
        """The guide starts as the matrix itself, so that at first nothing depends on how far it has faded."""
        if self.guide_steps:
            self.guide = nn.Parameter(torch.empty(self.out_features, self.in_features))
            with torch.no_grad():
                self.guide.copy_(self.dense())
            self.register_buffer("progress", torch.zeros((), dtype=torch.float64))

    def dense(self) -> Tensor:
        """The out_features x in_features matrix that the factors stand for; merged once, it decodes in one product."""
        first = next(self.parameters())
        return self._product(torch.eye(self.in_features, device=first.device, dtype=first.dtype)).T

    def share(self) -> Tensor:
        """The guide's share of the result: from 1 to 0 along a cosine."""
        return (1 + (torch.pi * (self.progress / self.guide_steps).clamp(max=1)).cos()) / 2

    def merged(self) -> nn.Linear:
        """One dense layer, for decoding a token at a time, where one product is faster than several small ones."""
        with torch.no_grad():
            matrix = self.dense()
            if self.guide_steps:
                share = self.share().to(matrix.dtype)
                matrix = share * self.guide + (1 - share) * matrix
            dense = nn.Linear(self.in_features, self.out_features, bias=self.bias is not None)
            dense.weight = nn.Parameter(matrix.clone())
            if self.bias is not None:
                dense.bias = nn.Parameter(self.bias.clone())
        return dense.eval()

    def forward(self, x: Tensor) -> Tensor:
        y = self._product(x)
        if self.guide_steps:
            share = self.share().to(y.dtype)
            y = share * (x @ self.guide.T) + (1 - share) * y
            if self.training:
                self.progress.add_(1)
        return y if self.bias is None else y + self.bias
