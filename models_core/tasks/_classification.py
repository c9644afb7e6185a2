"""Judging a classifier."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from ._base import Evaluator, first

_CONFUSION_SHOWN = 200
_TOP5_FROM = 20


class ClassificationEvaluator(Evaluator):
    """Accuracy, cross-entropy without smoothing, accuracy of each class, and the confusion matrix.

    Logits are (N classes), targets int64 (N). Rows of the matrix are true classes, columns predicted ones.
    """

    def __init__(self, names: list[str]) -> None:
        self.names = names
        n = len(names)
        self._confusion = torch.zeros(n * n, dtype=torch.int64)
        self._loss = torch.zeros((), dtype=torch.float64)
        self._top5 = torch.zeros((), dtype=torch.int64)

    def update(self, outputs: Any, target: Tensor) -> None:
        logits = first(outputs).detach().float()
        n = len(self.names)
        if self._confusion.device != logits.device:
            self._confusion, self._loss, self._top5 = (
                part.to(logits.device) for part in (self._confusion, self._loss, self._top5)
            )
        self._loss += functional.cross_entropy(logits, target, reduction="sum").double()
        self._confusion += torch.bincount(target * n + logits.argmax(dim=1), minlength=n * n)
        if n > _TOP5_FROM:
            self._top5 += (logits.topk(5, dim=1).indices == target[:, None]).sum()

    def result(self) -> dict[str, Any]:
        size = len(self.names)
        confusion = self._confusion.cpu().view(size, size)
        support = confusion.sum(dim=1).tolist()
        right = confusion.diagonal().tolist()
        n = sum(support)
        if n == 0:
            raise ValueError("nothing was evaluated; the split is empty")
        found: dict[str, Any] = {
            "accuracy": sum(right) / n,
            "loss": self._loss.item() / n,
            "n": n,
            "per_class": [
                {"name": name, "accuracy": hits / count if count else None, "support": count}
                for name, hits, count in zip(self.names, right, support, strict=True)
            ],
            # A matrix of a thousand classes is no picture and megabytes of JSON.
            "confusion": confusion.tolist() if size <= _CONFUSION_SHOWN else None,
        }
        if size > _TOP5_FROM:
            found["top5_accuracy"] = self._top5.item() / n
        return found


def accuracy(outputs: Any, target: Tensor) -> dict[str, Tensor]:
    """Share of right predictions in a batch."""
    return {"accuracy": (first(outputs).detach().argmax(dim=-1) == target).float().mean()}
