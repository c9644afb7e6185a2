"""What a task is, and what judges a network at it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from torch import Tensor

from models_core import registry
from models_core.data._base import Dataset
from models_core.data._errors import DataError
from models_core.data._prepare import target_of
from models_core.data.preprocess import Preprocess, Target

from ._answer import answer

Objective = Callable[[Any, Tensor], Tensor]
Demo = Literal["draw", "image", "text", "form", "generate"]

_DRAWN = 32
"""Grey pictures up to so many pixels a side are drawn by hand in a demo."""
_FACTS = {
    "image": ("channels", "height", "width"),
    "label": ("classes",),
    "text": ("vocab", "length"),
    "features": ("columns",),
}


class Binding(NamedTuple):
    """What a task takes from a data set: the facts a design may use, and what is predicted."""

    facts: dict[str, dict[str, Any]]
    target: Target


class Evaluator(ABC):
    """Judges a network over a whole split, batch by batch; sums stay on the device until `result`."""

    @abstractmethod
    def update(self, outputs: Any, target: Tensor) -> None:
        """Take in one batch: what the network gave, and what was wanted."""

    @abstractmethod
    def result(self) -> dict[str, Any]:
        """All figures as JSON; `n` is how many predictions were judged."""


class Task(ABC):
    """What a network is asked to do."""

    id: ClassVar[str]
    field: ClassVar[str]
    """The field of a data set that inputs are fed from."""
    input_kind: ClassVar[str]
    target_kind: ClassVar[Literal["class", "number", "bytes"]]
    metric: ClassVar[str]
    """The figure of an evaluation by which checkpoints are compared."""
    direction: ClassVar[Literal["max", "min"]]
    objectives: ClassVar[tuple[str, ...]]
    """Objectives that fit, the usual one first."""

    def fault(self, dataset: Dataset) -> str | None:
        """Why this task cannot be done with that data, or None."""
        facts = dataset.facts()
        if self.field not in facts:
            what = {"image": "pictures", "text": "text", "features": "a table"}[self.field]
            return f"{self.id.replace('_', ' ')} needs {what}, which {dataset.name} does not have; choose other data"
        kind = target_of(dataset).kind
        if kind != self.target_kind:
            has = {"class": "classes", "number": "a number to predict", "bytes": "one long text"}
            return f"{self.id.replace('_', ' ')} needs {has[self.target_kind]}, but {dataset.name} has {has[kind]}"
        return None

    def bind(self, dataset: Dataset) -> Binding:
        """Facts for the design, and the target; raises DataError where the data is not for this task."""
        fault = self.fault(dataset)
        if fault is not None:
            raise DataError(fault)
        return Binding(design_facts(dataset.facts()), target_of(dataset))

    def objective(self, id: str | None = None, **settings: Any) -> Objective:
        """What is minimised, the usual one unless named; settings it has no use for (None or 0) are passed over."""
        chosen = id or self.objectives[0]
        if chosen not in self.objectives:
            raise DataError(f"{chosen} is no objective of {self.id}; there are {', '.join(self.objectives)}")
        return get_objective(chosen, **settings)

    @abstractmethod
    def evaluator(self, target: Target) -> Evaluator:
        """A fresh evaluator."""

    @abstractmethod
    def step_metrics(self, outputs: Any, target: Tensor, of: Target) -> dict[str, Tensor]:
        """Cheap figures of one training batch as tensors of one number, left on their device; loss not among them.

        They are named and scaled as the evaluator's; `of` says what the targets are.
        """

    @abstractmethod
    def output_shape(self, facts: Mapping[str, Any], inputs: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
        """The shape, batch left out, that the design's first output must have."""

    def output_fault(
        self, shape: tuple[int, ...], facts: Mapping[str, Any], inputs: Mapping[str, tuple[int, ...]]
    ) -> str | None:
        """Why an output of that shape (batch left out) does not do, with the remedy, or None."""
        wanted = self.output_shape(facts, inputs)
        if tuple(shape) == wanted:
            return None
        return (
            f"the design gives {_text(tuple(shape))} for each sample, but {self.id.replace('_', ' ')} on this data "
            f"needs {_text(wanted)}; {self._remedy(wanted)}"
        )

    def _remedy(self, wanted: tuple[int, ...]) -> str:
        return "let the last layer's size be =facts.label.classes"

    @abstractmethod
    def demo(self, preprocess: Preprocess) -> Demo:
        """The widget with which a person tries the network."""

    def answer(self, output: np.ndarray, preprocess: Preprocess, top: int | None = None) -> dict[str, Any]:
        """What the output of one sample, without the batch dim, says; see `models_core.tasks.answer`."""
        return answer(output, preprocess.target, top)

    def better(self, new: float, old: float | None) -> bool:
        """Whether a figure beats the best so far; one that is not a number never does."""
        if new != new:
            return False
        return old is None or (new > old if self.direction == "max" else new < old)


def get_task(id: str) -> Task:
    """The task of that id; raises UnknownEntry."""
    found: Task = registry.get("task", id).obj()
    return found


def get_objective(id: str, **settings: Any) -> Objective:
    """The objective of that id; settings it does not have are passed over where they are None or 0."""
    entry = registry.get("objective", id)
    known = {param.name for param in entry.params}
    given = {name: value for name, value in settings.items() if name in known or value}
    try:
        made: Objective = entry.obj(**entry.check(given))
    except registry.BadParams as error:
        raise DataError(f"objective {id}: {error}") from None
    return made


def design_facts(facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of a data set's facts those that a design's expressions may use: sizes, no names."""
    found = {
        field: {name: facts[field][name] for name in names if name in facts[field]}
        for field, names in _FACTS.items()
        if field in facts
    }
    if "value" in facts:
        found["value"] = {}
    return found


def first(outputs: Any) -> Tensor:
    """The design's first output, which is the one that is judged."""
    chosen: Tensor = outputs[0] if isinstance(outputs, tuple | list) else outputs
    return chosen


def demo_of_images(preprocess: Preprocess) -> Demo:
    for part in preprocess.inputs.values():
        if part.kind == "image":
            height, width, channels = part.stored
            return "draw" if channels == 1 and max(height, width) <= _DRAWN else "image"
    return "image"


def _text(shape: tuple[int, ...]) -> str:
    return (
        f"{shape[0]} numbers"
        if len(shape) == 1
        else " × ".join(map(str, shape)) + " numbers"
        if shape
        else "one number"
    )
