"""What the loop and a method know of each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor, nn

from models_core.ports import Role

Batch = Mapping[str, Tensor]


@dataclass
class StepReport:
    """What one step came to: named losses (the first is the one descended on) and other figures, means over the batch.

    All are tensors of no dims that stay on the device; the loop reads them a few times a second, not every step.
    """

    losses: dict[str, Tensor]
    samples: int
    figures: dict[str, Tensor] = field(default_factory=dict)


class Update(Protocol):
    """Makes one optimizer step from a loss: gradients, clipping, scaling, averaging of weights."""

    def step(self, loss: Tensor) -> None: ...


@dataclass(frozen=True)
class Taken:
    """A tensor that the module gives besides its outputs: a loss, a metric or an aux of a block, or, where it is data,
    an auxiliary output, of which the objective is taken. `weight` is what its loss counts."""

    role: Role
    weight: float


@dataclass(frozen=True)
class Context:
    """What the loop gives to a method.

    Where anything is `collected`, the module gives a pair: its outputs, and tensors by those names.
    """

    module: nn.Module
    inputs: tuple[str, ...]
    objective: Callable[[Any, Tensor], Tensor]
    figures: Callable[[Any, Tensor], dict[str, Tensor]]
    update: Update
    autocast: Callable[[], AbstractContextManager[Any]]
    collected: Mapping[str, Taken] = field(default_factory=dict)


class Method(Protocol):
    """How training goes; built from a Context and the parameters of its form."""

    streams: tuple[str, ...]

    def step(self, batches: Mapping[str, Batch]) -> StepReport:
        """One step, from one batch of each stream."""
        ...

    def state(self) -> dict[str, Any]:
        """What it keeps between steps besides the module and the optimizer: numbers, texts, tensors."""
        ...

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` gave."""
        ...
