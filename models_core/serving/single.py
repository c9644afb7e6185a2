"""One sample in, one answer out: a picture, a text or a row, answered with labels and probabilities or a value."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from models_core.data import DataError, Limits
from models_core.tasks import answer

from ._limits import ServingLimits
from ._network import CannotServe, Network
from .drawing import normalised

DRAWN_PIXELS = 32
"""Up to this height and width, grey pictures of a data set are things that can be drawn by hand."""


def widget_of(network: Network) -> str:
    """The widget with which a person tries the network: draw, image, text, form or generate."""
    if network.preprocess.target.kind == "bytes":
        return "generate"
    for part in network.preprocess.inputs.values():
        if part.kind == "image":
            height, width, channels = part.stored
            return "draw" if channels == 1 and max(height, width) <= DRAWN_PIXELS else "image"
    return "text" if network.first.kind == "tokens" else "form"


class SingleRunner:
    """Answers for one sample at a time, or a few: classes with their probabilities, or a number.

    A drawing for a model of small grey pictures is first cut out, scaled and centred as such data are.
    """

    def __init__(
        self,
        network: Network,
        limits: ServingLimits,
        /,
        top: Annotated[int, Field(ge=1, le=1000)] = 10,
        centre_drawings: bool = True,
    ) -> None:
        if network.preprocess.target.kind == "bytes":
            raise CannotServe("a language model writes text; use the generate runner")
        self.network = network
        self.limits = limits
        self.top = top
        self.widget = widget_of(network)
        self.labels = list(network.preprocess.target.names)
        self.data_limits = Limits(picture_bytes=limits.picture_bytes, pixels=limits.pixels)
        self.drawn_at = network.first if centre_drawings and self.widget == "draw" else None

    @property
    def input(self) -> dict[str, Any]:
        """What the widget must know of the first input."""
        part = self.network.first
        if part.kind == "image":
            height, width, channels = part.stored
            return {"channels": channels, "height": height, "width": width}
        if part.kind == "tokens":
            return {"max_length": part.length}
        return {"fields": self.network.preprocess.form()}

    def predict(self, raw: Any, top: int | None = None) -> dict[str, Any]:
        """The answer for one sample, with `latency_ms`, the network's own time; raises DataError for a bad sample."""
        outputs, latency_ms = self.network.run(self._batch([raw]))
        found = answer(outputs[0][0], self.network.preprocess.target, top or self.top)
        return {**found, "latency_ms": round(latency_ms, 4)}

    def predict_many(self, raws: Sequence[Any], top: int | None = None) -> dict[str, Any]:
        """The answers for several samples in one batch, as `answers`, with `latency_ms` and `total_ms`."""
        if not 1 <= len(raws) <= self.limits.batch:
            raise DataError(f"{len(raws)} samples in one request; send 1 to {self.limits.batch}")
        began = time.perf_counter()
        outputs, latency_ms = self.network.run(self._batch(raws))
        target = self.network.preprocess.target
        answers = [answer(output, target, top or self.top) for output in outputs[0]]
        total_ms = (time.perf_counter() - began) * 1000
        return {"answers": answers, "latency_ms": round(latency_ms, 4), "total_ms": round(total_ms, 4)}

    def _batch(self, raws: Sequence[Any]) -> dict[str, np.ndarray]:
        checked = [self._checked(raw) for raw in raws]
        if len(checked) == 1:
            arrays = self.network.preprocess.apply_one(checked[0], self.data_limits)
            return {name: array[None] for name, array in arrays.items()}
        return self.network.preprocess.apply(checked, self.data_limits)

    def _checked(self, raw: Any) -> Any:
        if isinstance(raw, str) and self.widget == "text" and len(raw) > self.limits.text_chars:
            raise DataError(f"the text has {len(raw):,} characters; send at most {self.limits.text_chars:,}")
        if self.drawn_at is not None:
            return normalised(raw, self.drawn_at, self.data_limits)
        return raw
