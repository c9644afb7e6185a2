"""A task on which memory must choose what it keeps, written down as text."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from models_core.registry import Source, register

from ._base import Dataset, Place, save

PLACES, SYMBOLS, KINDS = 24, 4, 16
LINE = PLACES + 1 + SYMBOLS + 1
LINES = {"train": 8_192, "test": 512}


@register(
    "dataset",
    id="selective_copying",
    family="built-in",
    title="Selective copying",
    source=Source("Albert Gu, Tri Dao", "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", 2023),
    tags=("text", "generated"),
)
class SelectiveCopying(Dataset):
    """Lines of 24 places with 4 letters scattered among dots, and after a sign the letters in their order.

    Which letters come and where cannot be told: on average 0.98 bits per byte. Whoever cannot keep them apart from the
    dots needs up to 0.53 more, for the copies. Needs no download.
    """

    reader = "selective_copying"
    kind = "builtin"
    known_task = "byte_lm"
    known_facts: ClassVar[dict[str, Any] | None] = {
        "text": {"vocab": 256, "length": 128, "bytes": LINE * sum(LINES.values())},
        **{split: {"size": LINE * count} for split, count in LINES.items()},
    }

    def __init__(self, place: Place, /) -> None:
        super().__init__(place, {})

    def _content(self) -> str:
        # It is drawn by a generator that is fixed, so its name tells it all.
        return hashlib.sha256(self.reader.encode()).hexdigest()

    def _build(self, folder: Path) -> dict[str, Any]:
        for seed, (split, count) in enumerate(LINES.items()):
            save(folder, split, "text", lines(count, seed).reshape(-1))
        assert self.known_facts is not None
        return {
            "task": self.known_task,
            "facts": {"text": self.known_facts["text"]},
            "fields": {"text": "bytes"},
            "sizes": {split: LINE * count for split, count in LINES.items()},
            "notes": [],
        }


def lines(count: int, seed: int) -> np.ndarray:
    """So many lines as bytes, uint8 (count, 30); the same for the same seed."""
    rng = np.random.default_rng(seed)
    letters = rng.integers(KINDS, size=(count, SYMBOLS)).astype(np.uint8) + ord("a")
    at = np.sort(rng.random((count, PLACES)).argsort(1)[:, :SYMBOLS], 1)
    text = np.full((count, LINE), ord("."), dtype=np.uint8)
    np.put_along_axis(text, at, letters, 1)
    text[:, PLACES] = ord("=")
    text[:, PLACES + 1 : -1] = letters
    text[:, -1] = ord("\n")
    return text
