"""What a callback may do, and does not by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from models_core.compile import Bound


class Callback:
    """Asked beside the steps of a training; what a callback leaves out is nothing."""

    def check(self, bound: Bound) -> None:
        """Raise ValueError where it does not go with the design, before anything is allocated."""

    def begin(self, module: nn.Module, bound: Bound) -> None:
        """The network that will be trained, on its device, before the first step or after a resumption."""

    def before_step(self, step: int, total: int) -> None:
        """Steps are counted from 0; `total` may change where time is the budget."""

    def before_evaluation(self) -> None:
        """The network is about to be judged, and perhaps kept as the best."""

    def after_evaluation(self, step: int, epoch: int, metrics: Mapping[str, Any], better: bool) -> str | None:
        """A reason in words to end the training, or None.

        `metrics` are the evaluator's (`accuracy`, `loss`, ...), `better` says whether this was the best so far.
        """
        return None

    def state(self) -> dict[str, Any]:
        """Plain JSON values that are part of a checkpoint."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` gave."""
