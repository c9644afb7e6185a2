"""Cross-entropy."""

from __future__ import annotations

from typing import Annotated, Any

from torch import Tensor
from torch.nn import functional

from models_core.registry import Doc, Range, Source, register

from ._base import first


@register(
    "objective",
    id="cross_entropy",
    title="Cross-entropy",
    source=Source(
        "C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna", "Rethinking the Inception architecture", 2016
    ),
)
class CrossEntropy:
    """Mean cross-entropy in nats between logits (N ... classes) and int64 classes (N ...), with label smoothing."""

    def __init__(
        self,
        label_smoothing: Annotated[
            float, Range(0, 0.9), Doc("share of the target spread evenly over all classes")
        ] = 0.0,
    ) -> None:
        self.label_smoothing = label_smoothing

    def __call__(self, outputs: Any, target: Tensor) -> Tensor:
        logits = first(outputs)
        # In 32 bits, because a sum of exponentials loses too much in 16.
        return functional.cross_entropy(
            logits.flatten(0, -2).float(), target.flatten(), label_smoothing=self.label_smoothing
        )
