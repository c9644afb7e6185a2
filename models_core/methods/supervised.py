"""Supervised training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from models_core.registry import register

from ._base import Batch, Context, StepReport


@register("method", id="supervised")
class Supervised:
    """Learns from examples with known answers: forward, loss, gradients, step."""

    streams = ("train",)

    def __init__(self, context: Context, /) -> None:
        self.context = context

    def step(self, batches: Mapping[str, Batch]) -> StepReport:
        context, batch = self.context, batches["train"]
        target = batch["target"]
        with context.autocast():
            output = context.module(*(batch[name] for name in context.inputs))
            loss = context.objective(output, target)
        context.update.step(loss)
        with torch.no_grad():
            figures = context.figures(output, target)
        return StepReport({"loss": loss.detach()}, target.shape[0], figures)

    def state(self) -> dict[str, Any]:
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        pass
