"""Text that goes on from a prompt, written byte by byte by a language model."""

from __future__ import annotations

import codecs
import time
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from models_core.data import DataError
from models_core.tasks import stream_bytes

from ._limits import ServingLimits
from ._network import CannotServe, Network


class GenerateRunner:
    """Writes text after a prompt: the network sees a window of fixed length that slides once it is full.

    Temperature 0 takes the most likely byte each time; top_k keeps that many to draw from; the seed repeats a draw.
    """

    widget = "generate"
    labels: tuple[str, ...] = ()

    def __init__(
        self,
        network: Network,
        limits: ServingLimits,
        /,
        temperature: Annotated[float, Field(ge=0, le=100)] = 0.8,
        top_k: Annotated[int, Field(ge=0, le=256)] = 40,
    ) -> None:
        part = network.first
        if network.preprocess.target.kind != "bytes" or part.kind != "tokens":
            raise CannotServe("only a byte language model writes text; use the single runner")
        self.network = network
        self.limits = limits
        self.temperature = temperature
        self.top_k = top_k
        self.length: int = part.length

    @property
    def input(self) -> dict[str, Any]:
        """What the widget must know: the bytes of text the network sees at once."""
        return {"max_length": self.length}

    def generate(
        self, prompt: str, length: int = 200, temperature: float | None = None, top_k: int | None = None, seed: int = 0
    ) -> dict[str, Any]:
        """`text` of `length` bytes, fewer when time is up (`cut`), and the network's mean ms a byte, `latency_ms`."""
        pieces = []
        timing = _Timing()
        written = 0
        for piece, count in self._pieces(prompt, length, temperature, top_k, seed, timing):
            pieces.append(piece)
            written = count
        return {
            "text": "".join(pieces),
            "bytes": written,
            "cut": written < length,
            "latency_ms": round(timing.spent_ms / max(1, timing.calls), 4),
        }

    def stream(
        self, prompt: str, length: int = 200, temperature: float | None = None, top_k: int | None = None, seed: int = 0
    ) -> Iterator[str]:
        """The same text piece by piece as it is written; never half a character."""
        for piece, _ in self._pieces(prompt, length, temperature, top_k, seed, _Timing()):
            if piece:
                yield piece

    def _pieces(
        self, prompt: str, length: int, temperature: float | None, top_k: int | None, seed: int, timing: _Timing
    ) -> Iterator[tuple[str, int]]:
        given = prompt.encode("utf-8", "replace")
        if len(given) > self.limits.prompt_bytes:
            raise DataError(f"the prompt has {len(given):,} bytes; send at most {self.limits.prompt_bytes:,}")
        if not 1 <= length <= self.limits.generated_bytes:
            raise DataError(f"{length} bytes were asked for; ask for 1 to {self.limits.generated_bytes:,}")
        temperature = self.temperature if temperature is None else temperature
        top_k = self.top_k if top_k is None else top_k

        def predict(ids: np.ndarray) -> np.ndarray:
            outputs, spent_ms = self.network.run(dict.fromkeys(self.network.inputs, ids))
            timing.calls += 1
            timing.spent_ms += spent_ms
            return outputs[0]

        deadline = time.perf_counter() + self.limits.generate_seconds
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        following = stream_bytes(
            predict,
            given,
            length,
            length=self.length,
            temperature=temperature,
            top_k=top_k or None,
            seed=seed,
        )
        count = 0
        for byte in following:
            count += 1
            yield decoder.decode(bytes([byte])), count
            if time.perf_counter() > deadline:
                break
        yield decoder.decode(b"", final=True), count


class _Timing:
    """How often the network ran and how long it took in all."""

    def __init__(self) -> None:
        self.calls = 0
        self.spent_ms = 0.0
