"""Writing text with a network that predicts the next byte of a window of fixed length. Needs numpy only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ._answer import softmax

Predict = Callable[[np.ndarray], np.ndarray]
"""int64 ids (1 L) to logits (1 L V)."""


def stream_bytes(
    predict: Predict,
    prompt: bytes,
    n: int,
    *,
    length: int,
    temperature: float = 0.8,
    top_k: int | None = 40,
    seed: int = 0,
) -> Iterator[int]:
    """`n` bytes that follow the prompt, one at a time.

    The network is causal and sees windows of `length` bytes: what stands right of the text is filled with 0 and does
    not matter; once the window is full it slides by one. `temperature` 0 takes the most likely byte; `top_k` keeps that
    many most likely ones. Raises ValueError for impossible settings and for outputs that are not finite.
    """
    if n < 0:
        raise ValueError(f"{n} bytes cannot be written; ask for 0 or more")
    if not 0 <= temperature <= 100:
        raise ValueError(f"the temperature is {temperature}; take 0 (most likely) to 100")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is {top_k}; take 1 or more, or none for all bytes")
    rng = np.random.default_rng(seed)
    # An empty prompt begins a line.
    text = bytearray(prompt or b"\n")
    window = np.zeros((1, length), dtype=np.int64)
    for _ in range(n):
        seen = text[-length:]
        window[0, : len(seen)] = np.frombuffer(bytes(seen), dtype=np.uint8)
        window[0, len(seen) :] = 0
        logits = np.asarray(predict(window), dtype=np.float64)[0, len(seen) - 1]
        byte = choose(logits, temperature, top_k, rng)
        text.append(byte)
        yield byte


def choose(logits: np.ndarray, temperature: float, top_k: int | None, rng: np.random.Generator) -> int:
    """One id drawn from logits (V), of which the first 256 stand for bytes."""
    logits = logits[:256]
    if not np.isfinite(logits).all():
        raise ValueError("the network's output is not finite; train it again with a smaller learning rate")
    if temperature == 0:
        return int(np.argmax(logits))
    if top_k is not None and top_k < len(logits):
        kept = np.argsort(-logits, kind="stable")[:top_k]
    else:
        kept = np.arange(len(logits))
    return int(rng.choice(kept, p=softmax(logits[kept] / temperature)))
