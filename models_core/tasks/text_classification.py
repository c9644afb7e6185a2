"""Text classification."""

from __future__ import annotations

from models_core.data.preprocess import Preprocess
from models_core.registry import register

from ._base import Demo
from ._classifier import ClassifyingTask


@register("task", id="text_classification", family="classification", title="Text classification")
class TextClassification(ClassifyingTask):
    """Which class a text belongs to, read as its UTF-8 bytes; tried out by typing one."""

    id = "text_classification"
    field = "text"
    input_kind = "tokens"

    def demo(self, preprocess: Preprocess) -> Demo:
        return "text"
