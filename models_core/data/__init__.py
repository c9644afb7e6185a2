"""Data: readers, their prepared form on disk, and the batches they become.

Names are loaded when first used, so that `Preprocess`, which serving needs, does not bring PyTorch along.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._base import Dataset, Place, Progress, Split
    from ._batches import batches, steps_per_epoch
    from ._errors import DataError
    from ._open import builtin_datasets, columns_of, forget, open_dataset
    from ._prepare import notes_for, preprocess_for, target_of
    from .limits import Limits
    from .preprocess import Preprocess

_HOME = {
    "DataError": "_errors",
    "Dataset": "_base",
    "Limits": "limits",
    "Place": "_base",
    "Preprocess": "preprocess",
    "Progress": "_base",
    "Split": "_base",
    "batches": "_batches",
    "builtin_datasets": "_open",
    "columns_of": "_open",
    "forget": "_open",
    "notes_for": "_prepare",
    "open_dataset": "_open",
    "preprocess_for": "_prepare",
    "steps_per_epoch": "_batches",
    "target_of": "_prepare",
}

__all__ = [
    "DataError",
    "Dataset",
    "Limits",
    "Place",
    "Preprocess",
    "Progress",
    "Split",
    "batches",
    "builtin_datasets",
    "columns_of",
    "forget",
    "notes_for",
    "open_dataset",
    "preprocess_for",
    "steps_per_epoch",
    "target_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
