"""Supervised training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from models_core.registry import register

from ._base import Batch, Context, StepReport


@register("method", id="supervised")
class Supervised:
    """Learns from examples with known answers: forward, loss, gradients, step.

    Losses that blocks give are added to the objective, as are those of auxiliary outputs by their weights; metrics
    that blocks give are reported.
    """

    streams = ("train",)

    def __init__(self, context: Context, /) -> None:
        self.context = context

    def step(self, batches: Mapping[str, Batch]) -> StepReport:
        context, batch = self.context, batches["train"]
        target = batch["target"]
        with context.autocast():
            output = context.module(*(batch[name] for name in context.inputs))
            output, more = output if context.collected else (output, {})
            loss = objective = context.objective(output, target)
            losses, told = {}, {}
            for name, taken in context.collected.items():
                if taken.role in ("data", "loss"):
                    part = context.objective(more[name], target) if taken.role == "data" else more[name].mean()
                    loss = loss + taken.weight * part
                    losses[name] = part.detach()
                elif taken.role == "metric":
                    told[name] = more[name].detach().float().mean()
        context.update.step(loss)
        with torch.no_grad():
            figures = {**context.figures(output, target), **told}
        named = {"loss": loss.detach(), **({"objective": objective.detach()} if losses else {}), **losses}
        return StepReport(named, target.shape[0], figures)

    def state(self) -> dict[str, Any]:
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        pass
