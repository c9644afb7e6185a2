"""The constant schedule."""

from __future__ import annotations

from typing import Annotated

from models_core.registry import Doc, Range, register

from ._warmup import warmup


@register("schedule", id="constant")
class Constant:
    """The same learning rate throughout."""

    def __init__(
        self, warmup_steps: Annotated[int, Range(0, 1_000_000), Doc("Steps in which the rate rises from 0")] = 0
    ) -> None:
        self.warmup_steps = warmup_steps

    def __call__(self, step: int, total: int) -> float:
        rising = warmup(step, self.warmup_steps)
        return 1.0 if rising is None else rising
