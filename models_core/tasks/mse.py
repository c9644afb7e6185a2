"""Mean squared error."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn import functional

from models_core.registry import register

from ._base import first


@register("objective", id="mse", title="Mean squared error")
class MeanSquaredError:
    """Mean squared error between outputs (N) or (N 1) and float32 numbers (N)."""

    def __call__(self, outputs: Any, target: Tensor) -> Tensor:
        return functional.mse_loss(first(outputs).float().reshape(target.shape), target)
