"""Plain text, read byte by byte for language modelling."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np

from models_core.registry import Doc, Range, register

from ._base import FileDataset, Place, save
from ._errors import DataError
from ._text import Encoding, find_encoding
from .limits import size_text

SHORTEST = 64


@register("dataset", id="text", family="file", title="A text file", tags=("file", ".txt", ".md"))
class PlainText(FileDataset):
    """One long text whose next byte is to be predicted; its last part is kept for testing."""

    reader = "text"
    kind = "text"
    suffixes = (".txt", ".text", ".md", ".log")

    def __init__(
        self,
        place: Place,
        /,
        test_fraction: Annotated[float, Range(0.01, 0.5), Doc("share of the text, at its end, kept for testing")] = 0.1,
        encoding: Annotated[Encoding, Doc("how the file's characters are stored")] = "auto",
    ) -> None:
        super().__init__(place, {"test_fraction": test_fraction, "encoding": encoding})

    def _build(self, folder: Path) -> dict[str, Any]:
        path, limits = self.place.file, self.place.limits
        size = path.stat().st_size
        if size > limits.text_bytes:
            raise DataError(
                f"the file has {size_text(size)}, more than the limit of {size_text(limits.text_bytes)}; "
                "take a part of it or raise BLOCKYARD_LIMIT_TEXT_BYTES"
            )
        codec, notes = find_encoding(path, self.options["encoding"])
        if codec == "utf-8":
            data = path.read_bytes()
        else:
            data = path.read_bytes().decode(codec).encode()
        if not data.strip():
            raise DataError("the file has nothing but white space; choose one with text in it")
        if len(data) < 2 * SHORTEST:
            raise DataError(f"the text has {len(data)} bytes; at least {2 * SHORTEST} are needed: choose a longer one")
        stream = np.frombuffer(data, dtype=np.uint8)
        n_test = min(max(SHORTEST, round(len(stream) * self.options["test_fraction"])), len(stream) - SHORTEST)
        save(folder, "train", "text", stream[:-n_test])
        save(folder, "test", "text", stream[-n_test:])
        notes.append(f"the last {n_test:,} of {len(stream):,} bytes are kept for testing")
        self.place.progress(1, 1)
        return {
            "task": "byte_lm",
            "facts": {"text": {"vocab": 256, "length": 128 if n_test > 128 else SHORTEST // 2, "bytes": len(stream)}},
            "fields": {"text": "bytes"},
            "sizes": {"train": len(stream) - n_test, "test": n_test},
            "notes": notes,
        }
