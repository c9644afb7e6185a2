"""Judging a language model."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ._base import Evaluator, first


class LanguageEvaluator(Evaluator):
    """Cross-entropy per byte in nats, perplexity, bits per byte, and how often the likeliest byte is right.

    Logits are (N L 256), targets int64 (N L).
    """

    def __init__(self) -> None:
        self._loss = torch.zeros((), dtype=torch.float64)
        self._right = torch.zeros((), dtype=torch.int64)
        self._n = 0

    def update(self, outputs: Any, target: Tensor) -> None:
        logits = first(outputs).detach().float()
        if self._loss.device != logits.device:
            self._loss, self._right = self._loss.to(logits.device), self._right.to(logits.device)
        self._loss += functional.cross_entropy(logits.flatten(0, -2), target.flatten(), reduction="sum").double()
        self._right += (logits.argmax(dim=-1) == target).sum()
        self._n += target.numel()

    def result(self) -> dict[str, Any]:
        if self._n == 0:
            raise ValueError("nothing was evaluated; the split is empty")
        loss = self._loss.item() / self._n
        return {
            "loss": loss,
            "perplexity": math.exp(min(loss, 700.0)) if loss == loss else loss,
            "bits_per_byte": loss / math.log(2),
            "accuracy": self._right.item() / self._n,
            "n": self._n,
        }
