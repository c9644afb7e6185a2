"""From a network's output for one sample to an answer for a person. Needs numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np

from models_core.data.preprocess import Target


def softmax(logits: np.ndarray) -> np.ndarray:
    """float64 probabilities over the last axis."""
    values = np.asarray(logits, dtype=np.float64)
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def answer(output: np.ndarray, target: Target, top: int | None = None) -> dict[str, Any]:
    """What the output of one sample, without the batch dim, says.

    A class: `predictions`, a list of `label` and `probability`, most likely first, the first `top` of them. A number:
    `value` in its own unit, and `predictions` with `label` (the column's name) and `value`. Raises ValueError for
    outputs that are not finite, and for a next-byte target, whose answer is generated text.
    """
    values = np.asarray(output, dtype=np.float64).reshape(-1)
    if not np.isfinite(values).all():
        raise ValueError("the network's output is not finite; train it again with a smaller learning rate")
    if target.kind == "class":
        if len(values) != len(target.names):
            raise ValueError(f"the network gives {len(values)} numbers for {len(target.names)} classes")
        probabilities = softmax(values)
        order = np.argsort(-probabilities, kind="stable")[:top]
        return {
            "predictions": [
                {"label": target.names[at], "probability": float(probabilities[at])} for at in order.tolist()
            ]
        }
    if target.kind == "number":
        if len(values) != 1:
            raise ValueError(f"the network gives {len(values)} numbers where one is predicted")
        value = float(values[0]) * target.std + target.mean
        return {"value": value, "predictions": [{"label": target.name, "value": value}]}
    raise ValueError("a language model answers with text; generate it")
