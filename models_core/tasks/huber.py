"""Huber's error."""

from __future__ import annotations

from typing import Annotated, Any

from torch import Tensor
from torch.nn import functional

from models_core.registry import Doc, Range, Source, register

from ._base import first


@register(
    "objective",
    id="huber",
    title="Huber error",
    source=Source("P. J. Huber", "Robust estimation of a location parameter", 1964),
)
class Huber:
    """Squared error near the target and absolute error far from it, so that outliers count less; shapes as for mse."""

    def __init__(
        self,
        delta: Annotated[float, Range(0.01, 100), Doc("where it turns from squared to absolute, in deviations")] = 1.0,
    ) -> None:
        self.delta = delta

    def __call__(self, outputs: Any, target: Tensor) -> Tensor:
        return functional.huber_loss(first(outputs).float().reshape(target.shape), target, delta=self.delta)
