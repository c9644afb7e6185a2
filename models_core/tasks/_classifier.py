"""What the three classifying tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from models_core.data.preprocess import Target

from ._base import Evaluator, Task
from ._classification import ClassificationEvaluator, accuracy


class ClassifyingTask(Task):
    """One of several classes for each sample."""

    target_kind = "class"
    metric = "accuracy"
    direction = "max"
    objectives = ("cross_entropy",)

    def evaluator(self, target: Target) -> Evaluator:
        return ClassificationEvaluator(target.names)

    def step_metrics(self, outputs: Any, target: Tensor, of: Target) -> dict[str, Tensor]:
        return accuracy(outputs, target)

    def output_shape(self, facts: Mapping[str, Any], inputs: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
        return (int(facts["label"]["classes"]),)
