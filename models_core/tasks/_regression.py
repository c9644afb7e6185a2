"""Judging a network that predicts a number."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from models_core.data.preprocess import Target

from ._base import Evaluator, first


class RegressionEvaluator(Evaluator):
    """Root mean square error and mean absolute error in the number's own unit, R², and the squared error trained on.

    Outputs are (N) or (N 1), targets float32 (N), both standardised.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        # Of errors: squares and absolutes; of targets: sum and squares. Standardised, so no digits are lost in them.
        self._sums = torch.zeros(4, dtype=torch.float64)
        self._n = 0

    def update(self, outputs: Any, target: Tensor) -> None:
        wanted = target.double().flatten()
        error = first(outputs).detach().double().reshape(wanted.shape) - wanted
        if self._sums.device != error.device:
            self._sums = self._sums.to(error.device)
        self._sums += torch.stack([error.square().sum(), error.abs().sum(), wanted.sum(), wanted.square().sum()])
        self._n += len(wanted)

    def result(self) -> dict[str, Any]:
        if self._n == 0:
            raise ValueError("nothing was evaluated; the split is empty")
        squares, absolutes, total, total_squares = self._sums.tolist()
        n, std = self._n, self.target.std
        spread = total_squares - total * total / n
        return {
            "rmse": math.sqrt(squares / n) * std if squares == squares else squares,
            "mae": absolutes / n * std,
            # Without any spread among the targets there is nothing to explain.
            "r2": 1 - squares / spread if spread > 1e-12 * n else None,
            "loss": squares / n,
            "n": n,
        }
