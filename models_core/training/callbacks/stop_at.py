"""Ending a training that is good enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from models_core.registry import Doc, register

from ._base import Callback


@register("callback", id="stop_at")
class StopAt(Callback):
    """Ends the training when a figure of the evaluation reaches a value."""

    def __init__(
        self,
        value: Annotated[float, Doc("The value to reach, such as 0.97")],
        metric: Annotated[str, Doc("A figure of the task's evaluation, such as accuracy or loss")] = "accuracy",
        below: Annotated[bool, Doc("Reached when at or below the value, as for a loss")] = False,
    ) -> None:
        self.value = value
        self.metric = metric
        self.below = below

    def after_evaluation(self, step: int, epoch: int, metrics: Mapping[str, Any], better: bool) -> str | None:
        have = metrics.get(self.metric)
        if have is None or (have > self.value if self.below else have < self.value):
            return None
        return f"{self.metric} is {have:.4g}, {'at most' if self.below else 'at least'} {self.value:.4g} as asked"
