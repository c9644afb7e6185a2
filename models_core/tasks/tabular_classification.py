"""Classification of rows."""

from __future__ import annotations

from models_core.data.preprocess import Preprocess
from models_core.registry import register

from ._base import Demo
from ._classifier import ClassifyingTask


@register("task", id="tabular_classification", family="classification", title="Classification of rows")
class TabularClassification(ClassifyingTask):
    """Which class a row of numbers and categories belongs to; tried out by filling in a form."""

    id = "tabular_classification"
    field = "features"
    input_kind = "table"

    def demo(self, preprocess: Preprocess) -> Demo:
        return "form"
