"""Predicting a number from a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from models_core.data.preprocess import Preprocess, Target
from models_core.registry import register

from ._base import Demo, Evaluator, Task, first
from ._regression import RegressionEvaluator


@register("task", id="tabular_regression", family="regression", title="Prediction of a number")
class TabularRegression(Task):
    """Which number belongs to a row of numbers and categories; tried out by filling in a form.

    The number is standardised while training; errors are told in its own unit.
    """

    id = "tabular_regression"
    field = "features"
    input_kind = "table"
    target_kind = "number"
    metric = "rmse"
    direction = "min"
    objectives = ("mse", "huber")

    def evaluator(self, target: Target) -> Evaluator:
        return RegressionEvaluator(target)

    def step_metrics(self, outputs: Any, target: Tensor, of: Target) -> dict[str, Tensor]:
        error = first(outputs).detach().reshape(target.shape) - target
        return {"mae": error.abs().mean() * of.std}

    def output_shape(self, facts: Mapping[str, Any], inputs: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
        return (1,)

    def _remedy(self, wanted: tuple[int, ...]) -> str:
        return "let the last layer's size be 1"

    def demo(self, preprocess: Preprocess) -> Demo:
        return "form"
