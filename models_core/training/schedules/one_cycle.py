"""The one-cycle schedule."""

from __future__ import annotations

import math
from typing import Annotated

from models_core.registry import Doc, Range, Source, register

from ._warmup import progress, warmup


@register(
    "schedule",
    id="one_cycle",
    source=Source(
        "L. N. Smith, N. Topin",
        "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
        2019,
    ),
)
class OneCycle:
    """Up to the learning rate, then far below where it began, both along half a cosine wave."""

    def __init__(
        self,
        rise: Annotated[float, Range(0, 0.9), Doc("Share of the training in which the rate rises")] = 0.25,
        start: Annotated[float, Range(0, 1), Doc("Share of the learning rate in the first step")] = 0.04,
        final: Annotated[float, Range(0, 1), Doc("Share of the learning rate in the last step")] = 1e-4,
        warmup_steps: Annotated[
            int, Range(0, 1_000_000), Doc("Steps before the cycle, rising from 0 to its start")
        ] = 0,
    ) -> None:
        self.rise = rise
        self.start = start
        self.final = final
        self.warmup_steps = warmup_steps

    def __call__(self, step: int, total: int) -> float:
        rising = warmup(step, self.warmup_steps)
        if rising is not None:
            return rising * self.start
        at = progress(step, total, self.warmup_steps)
        if at < self.rise:
            return _wave(self.start, 1.0, at / self.rise)
        return _wave(1.0, self.final, (at - self.rise) / (1 - self.rise))


def _wave(low: float, high: float, at: float) -> float:
    return low + (high - low) * (1 - math.cos(math.pi * at)) / 2
