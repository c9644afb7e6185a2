"""What is done to a sample before a network sees it: a document saved with a run and repeated, bit for bit, by serving.

Needs numpy and Pillow only, so that serving does without PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from . import _images
from ._errors import DataError
from .limits import Limits


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ImageInput(_Part):
    """A picture: brought to the data set's size, then to the input's, then normalised per channel."""

    kind: Literal["image"] = "image"
    channels: int
    height: int
    width: int
    stored: tuple[int, int, int]
    """Height, width and channels of the data set's pictures, which a served picture passes through as well."""
    mean: list[float]
    std: list[float]
    """Of the training pictures as the network gets them, per channel, white being 1."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.channels, self.height, self.width)

    @property
    def as_stored(self) -> bool:
        """Whether the data set's pictures are taken as they are."""
        return self.stored == (self.height, self.width, self.channels)

    def constants(self) -> tuple[np.ndarray, np.ndarray]:
        """float32 per channel: what is subtracted from 0...255, and what the rest is multiplied by."""
        mean = np.array([value * 255 for value in self.mean], dtype=np.float32)
        scale = np.array([1 / (value * 255) for value in self.std], dtype=np.float32)
        return mean, scale

    def adapt(self, array: np.ndarray) -> np.ndarray:
        """One picture of the data set, uint8 (H W C), as uint8 of the input's size."""
        return array if self.as_stored else _images.adapt(_images.to_pil(array), self.height, self.width, self.channels)

    def apply_one(self, raw: Any, limits: Limits) -> np.ndarray:
        """float32 (C H W) from an encoded picture, a data URI, a PIL picture or uint8 (H W C)."""
        array = self.adapt(_images.take(raw, *self.stored, limits))
        mean, scale = self.constants()
        # The same two operations in the same order as in training, so that every float is the same.
        normal = (array.transpose(2, 0, 1).astype(np.float32) - mean[:, None, None]) * scale[:, None, None]
        return np.ascontiguousarray(normal)


class TokensInput(_Part):
    """A text as its UTF-8 bytes, cut to `length` or filled up with 0 on the right."""

    kind: Literal["tokens"] = "tokens"
    length: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.length,)

    def apply_one(self, raw: Any, limits: Limits) -> np.ndarray:
        """int64 (L) from text or bytes."""
        if isinstance(raw, str):
            raw = raw.encode("utf-8", "replace")
        if not isinstance(raw, bytes):
            raise DataError(f"a text is sent as a string, not as {type(raw).__name__}")
        data = raw.strip().replace(b"\0", b" ")[: self.length]
        if not data:
            raise DataError("the text is empty; write something")
        ids = np.zeros(self.length, dtype=np.int64)
        ids[: len(data)] = np.frombuffer(data, dtype=np.uint8)
        return ids


FARTHEST = 1e9
"""So many deviations from the mean a number may lie; the squares of such inputs still fit into 32 bits."""


class TableColumn(_Part):
    """One column of a table: a number, standardised, or a category, one input per value."""

    name: str
    kind: Literal["number", "category"]
    mean: float = 0.0
    std: float = 1.0
    low: float | None = None
    high: float | None = None
    values: list[str] = []

    @property
    def width(self) -> int:
        return 1 if self.kind == "number" else len(self.values)

    def encode(self, raw: np.ndarray) -> np.ndarray:
        """float32 (N width) from float64 (N): numbers, nan where missing, or the numbers of categories."""
        if self.kind == "number":
            return np.nan_to_num((raw - self.mean) / self.std, nan=0.0).astype(np.float32)[:, None]
        return (raw[:, None] == np.arange(len(self.values))).astype(np.float32)

    def parse(self, cell: Any) -> float:
        """What stands in a cell as a number, or as the number of its category; raises DataError."""
        if self.kind == "number":
            if cell is None or (isinstance(cell, str) and not cell.strip()):
                return math.nan
            try:
                value = float(cell)
            except OverflowError:
                value = math.inf
            except (TypeError, ValueError):
                raise DataError(f"column {self.name!r} is {str(cell)[:40]!r}; send a number") from None
            if not math.isfinite(value):
                raise DataError(f"column {self.name!r} is {value}; send a finite number")
            if abs(value - self.mean) > FARTHEST * self.std:
                raise DataError(
                    f"column {self.name!r} is {value:g}, far from all that was trained on; send a number nearer "
                    f"to {self.mean:.4g}"
                )
            return value
        text = "" if cell is None else str(cell).strip()
        if text not in self.values:
            shown = ", ".join(repr(value) for value in self.values[:10]) + (", ..." if len(self.values) > 10 else "")
            raise DataError(f"column {self.name!r} is {text[:40]!r}; send one of {shown}")
        return float(self.values.index(text))

    def shown(self, value: float) -> float | str | None:
        """The cell that `parse` would read as `value`."""
        if self.kind == "category":
            return self.values[int(value)]
        return None if math.isnan(value) else value


class TableInput(_Part):
    """A row of numbers and categories."""

    kind: Literal["table"] = "table"
    columns: list[TableColumn]

    @property
    def shape(self) -> tuple[int, ...]:
        return (sum(column.width for column in self.columns),)

    def encode(self, raw: np.ndarray) -> np.ndarray:
        """float32 (N F) from float64 (N columns)."""
        return np.concatenate([column.encode(raw[:, at]) for at, column in enumerate(self.columns)], axis=1)

    def apply_one(self, raw: Any, limits: Limits) -> np.ndarray:
        """float32 (F) from a row: values by column name, or in the columns' order."""
        if isinstance(raw, Mapping):
            names = {column.name for column in self.columns}
            unknown = [str(name) for name in raw if name not in names]
            if unknown:
                raise DataError(f"there is no column {unknown[0][:40]!r}; there are {', '.join(sorted(names)[:20])}")
            lacking = [column.name for column in self.columns if column.name not in raw]
            if lacking:
                raise DataError(f"the row lacks {lacking[0]!r}; send all of its columns, empty where unknown")
            cells: list[Any] = [raw[column.name] for column in self.columns]
        elif isinstance(raw, Sequence) and not isinstance(raw, str | bytes):
            cells = list(raw)
            if len(cells) != len(self.columns):
                raise DataError(f"the row has {len(cells)} values; send {len(self.columns)}")
        else:
            raise DataError(f"a row is sent as an object with a value for each column, not as {type(raw).__name__}")
        values = [column.parse(cell) for column, cell in zip(self.columns, cells, strict=True)]
        return self.encode(np.array([values], dtype=np.float64))[0]


AnyInput = Annotated[ImageInput | TokensInput | TableInput, Field(discriminator="kind")]


class Target(_Part):
    """What is predicted: a class by name, a number (standardised while training), or the next byte."""

    kind: Literal["class", "number", "bytes"]
    names: list[str] = []
    name: str = ""
    mean: float = 0.0
    std: float = 1.0


class Preprocess(BaseModel):
    """How samples of one data set become the inputs of one design; saved as `preprocess` in a run."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["blockyard.preprocess"] = "blockyard.preprocess"
    version: Literal[1] = 1
    inputs: dict[str, AnyInput]
    target: Target
    notes: list[str] = []

    def apply_one(self, raw: Any, limits: Limits | None = None) -> dict[str, np.ndarray]:
        """One sample as each input's array, without a batch dim; raises DataError saying what is wrong with it.

        `raw` is a picture (encoded bytes, data URI, PIL picture, uint8 H W C), a text, or a row by column name.
        """
        limits = limits or Limits.from_env()
        return {name: part.apply_one(raw, limits) for name, part in self.inputs.items()}

    def apply(self, raws: Sequence[Any], limits: Limits | None = None) -> dict[str, np.ndarray]:
        """Several samples as each input's array, batch first."""
        each = [self.apply_one(raw, limits) for raw in raws]
        return {name: np.stack([one[name] for one in each]) for name in self.inputs}

    def form(self) -> list[dict[str, Any]]:
        """The fields of a page that asks for a row: name, kind, values or bounds and default; empty for other data."""
        fields: list[dict[str, Any]] = []
        for part in self.inputs.values():
            if isinstance(part, TableInput):
                for column in part.columns:
                    if column.kind == "category":
                        fields.append({"name": column.name, "kind": "category", "values": column.values})
                    else:
                        bounds = {"low": column.low, "high": column.high, "default": column.mean}
                        fields.append({"name": column.name, "kind": "number", **bounds})
                break
        return fields
