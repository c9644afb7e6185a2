"""Ending a training that no longer gets better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from models_core.registry import Doc, Range, register

from ._base import Callback


@register("callback", id="early_stop")
class EarlyStop(Callback):
    """Ends the training when the test result has not become better for some evaluations."""

    def __init__(
        self, patience: Annotated[int, Range(1, 10_000), Doc("Evaluations without a better result")] = 5
    ) -> None:
        self.patience = patience
        self.waited = 0

    def after_evaluation(self, step: int, epoch: int, metrics: Mapping[str, Any], better: bool) -> str | None:
        self.waited = 0 if better else self.waited + 1
        if self.waited < self.patience:
            return None
        return f"no better result in {self.waited} evaluations"

    def state(self) -> dict[str, Any]:
        return {"waited": self.waited}

    def load_state(self, state: Mapping[str, Any]) -> None:
        self.waited = int(state["waited"])
