"""What data sets that come by name share."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from ._base import Dataset, Place, save


class BuiltinImages(Dataset):
    """Pictures with classes that everyone knows by a name; `read` gets them once."""

    kind = "builtin"
    known_task = "image_classification"
    classes: tuple[str, ...] = ()
    n_train = 0
    n_test = 0
    shape = (28, 28, 1)

    def __init__(self, place: Place, /) -> None:
        super().__init__(place, {})

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        height, width, channels = cls.shape
        cls.known_facts = {
            "image": {"channels": channels, "height": height, "width": width},
            "label": {"classes": len(cls.classes), "names": list(cls.classes)},
            "train": {"size": cls.n_train},
            "test": {"size": cls.n_test},
        }

    def read(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Pictures uint8 (N H W C) and labels of each split."""
        raise NotImplementedError

    def _content(self) -> str:
        # The data of a name never changes: its files are held by checksum.
        return hashlib.sha256(self.reader.encode()).hexdigest()

    def _build(self, folder: Path) -> dict[str, Any]:
        parts = self.read()
        for split, (images, labels) in parts.items():
            save(folder, split, "image", np.ascontiguousarray(images))
            save(folder, split, "label", labels.astype(np.int64))
        facts = type(self).known_facts
        assert facts is not None
        return {
            "task": self.known_task,
            "facts": {"image": facts["image"], "label": facts["label"]},
            "fields": {"image": "array", "label": "array"},
            "sizes": {split: len(labels) for split, (_, labels) in parts.items()},
            "notes": [],
        }
