"""The cosine schedule."""

from __future__ import annotations

import math
from typing import Annotated

from models_core.registry import Doc, Range, Source, register

from ._warmup import progress, warmup


@register(
    "schedule",
    id="cosine",
    source=Source("I. Loshchilov, F. Hutter", "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017),
)
class Cosine:
    """Half a cosine wave from the learning rate down to a share of it."""

    def __init__(
        self,
        warmup_steps: Annotated[int, Range(0, 1_000_000), Doc("Steps in which the rate rises from 0")] = 0,
        final: Annotated[float, Range(0, 1), Doc("Share of the learning rate that is left in the last step")] = 0.0,
    ) -> None:
        self.warmup_steps = warmup_steps
        self.final = final

    def __call__(self, step: int, total: int) -> float:
        rising = warmup(step, self.warmup_steps)
        if rising is not None:
            return rising
        wave = (1 + math.cos(math.pi * progress(step, total, self.warmup_steps))) / 2
        return self.final + (1 - self.final) * wave
