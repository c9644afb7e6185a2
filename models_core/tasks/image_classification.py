"""Image classification."""

from __future__ import annotations

from models_core.data.preprocess import Preprocess
from models_core.registry import register

from ._base import Demo, demo_of_images
from ._classifier import ClassifyingTask


@register("task", id="image_classification", family="classification", title="Image classification")
class ImageClassification(ClassifyingTask):
    """Which class a picture shows; tried out by drawing small grey pictures, or with an image."""

    id = "image_classification"
    field = "image"
    input_kind = "image"

    def demo(self, preprocess: Preprocess) -> Demo:
        return demo_of_images(preprocess)
