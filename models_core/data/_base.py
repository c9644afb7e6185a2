"""What every data set is: named fields in a training and a test part, facts about them, and a look at samples."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from . import _images
from ._cache import Cache, digest
from ._errors import DataError
from .limits import Limits

SplitName = Literal["train", "test"]
Progress = Callable[[int, int], None]
EXCERPT = 240
"""Bytes of one long text that stand for a sample of it."""


def no_progress(done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class Place:
    """Where a reader works: the file (None for built-in data), the cache, the limits, and whom to tell."""

    path: Path | None = None
    name: str = ""
    cache: Cache = field(default_factory=Cache)
    limits: Limits = field(default_factory=Limits)
    progress: Progress = no_progress
    download: bool = True

    @property
    def file(self) -> Path:
        assert self.path is not None, "a reader of files is opened with a path"
        return self.path


class Ragged:
    """Byte strings of different lengths as one uint8 array `data` and int64 `offsets` (one more than there are)."""

    def __init__(self, data: np.ndarray, offsets: np.ndarray) -> None:
        self.data = data
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, at: int) -> bytes:
        return bytes(self.data[self.offsets[at] : self.offsets[at + 1]])

    def padded(self, indices: np.ndarray, length: int) -> np.ndarray:
        """uint8 (len(indices), length): each cut to `length`, or filled up with 0 on the right."""
        starts = self.offsets[indices]
        places = starts[:, None] + np.arange(length)
        inside = places < self.offsets[indices + 1][:, None]
        np.minimum(places, max(len(self.data) - 1, 0), out=places)
        return self.data[places] * inside


class Split:
    """The training or the test part of a data set; its fields are arrays mapped from disk."""

    def __init__(self, dataset: Dataset, name: SplitName, folder: Path) -> None:
        self.dataset = dataset
        self.name = name
        self.folder = folder
        self._fields: dict[str, Any] = {}

    def __len__(self) -> int:
        return int(self.dataset.meta["sizes"][self.name])

    @property
    def fields(self) -> list[str]:
        return list(self.dataset.meta["fields"])

    def field(self, name: str) -> Any:
        """The array of a field; raises DataError where there is none of that name.

        `image` is uint8 (N H W C), `label` int64, `value` float64, `features` float64 (N columns), `text` Ragged, or
        one uint8 stream for plain text.
        """
        if name not in self._fields:
            kind = self.dataset.meta["fields"].get(name)
            if kind is None:
                raise DataError(f"{self.dataset.name} has no field {name}; it has {', '.join(self.fields)}")
            if kind == "ragged":
                self._fields[name] = Ragged(self._load(f"{name}.data"), self._load(f"{name}.offsets"))
            else:
                self._fields[name] = self._load(name)
        return self._fields[name]

    def _load(self, name: str) -> np.ndarray:
        array: np.ndarray = np.load(self.folder / f"{self.name}.{name}.npy", mmap_mode="r", allow_pickle=False)
        return array

    @cached_property
    def labels(self) -> np.ndarray:
        return np.asarray(self.field("label"))

    def raw(self, at: int) -> Any:
        """The sample's input as `Preprocess.apply_one` takes it; of one long text, what begins at byte `at`."""
        if "image" in self.fields:
            return np.asarray(self.field("image")[at])
        if self.dataset.meta["fields"].get("text") == "bytes":
            return bytes(self.field("text")[at : at + EXCERPT]).decode("utf-8", "ignore")
        if "text" in self.fields:
            return self.field("text")[at].decode("utf-8", "replace")
        return self.dataset.row(self, at)

    def sample(self, at: int) -> dict[str, Any]:
        """One sample for a page: `image` (PNG data URI), `text` or `row`, with `label` (its class) or `value`."""
        if not 0 <= at < len(self):
            raise DataError(f"sample {at} of {len(self):,} does not exist; ask for 0 to {len(self) - 1:,}")
        shown: dict[str, Any] = {"index": at}
        if "image" in self.fields:
            shown["image"] = _images.data_uri(self.field("image")[at])
        elif "text" in self.fields:
            shown["text"] = self.raw(at)
        else:
            shown["row"] = self.dataset.row(self, at)
        if "label" in self.fields:
            shown["label"] = self.dataset.class_names[int(self.labels[at])]
        if "value" in self.fields:
            shown["value"] = float(self.field("value")[at])
        return shown

    def class_counts(self) -> dict[str, int]:
        """How many samples each class has, in the order of the classes; empty where there are none."""
        if "label" not in self.fields:
            return {}
        names = self.dataset.class_names
        return dict(zip(names, np.bincount(self.labels, minlength=len(names)).tolist(), strict=True))

    def pick(self, n: int, seed: int = 0) -> list[int]:
        """`n` sample numbers for a look, going round the classes; the same ones for the same seed."""
        n = max(0, min(n, len(self)))
        rng = np.random.default_rng([seed, len(self)])
        if "label" not in self.fields:
            return sorted(rng.choice(len(self), n, replace=False).tolist())
        order = rng.permutation(len(self))
        labels = self.labels[order]
        by_class = np.argsort(labels, kind="stable")
        starts = np.searchsorted(labels[by_class], labels[by_class])
        turn = np.arange(len(order)) - starts  # the how-manieth of its class a sample is
        chosen = by_class[np.lexsort((labels[by_class], turn))[:n]]
        return [int(at) for at in order[chosen]]


class Dataset(ABC):
    """Data that can be trained on, prepared once and then mapped from disk."""

    reader: ClassVar[str]
    kind: ClassVar[str]
    format: ClassVar[int] = 1
    """Grows when a reader prepares the same file differently, so that old prepared forms are not taken."""
    suffixes: ClassVar[tuple[str, ...]] = ()
    known_facts: ClassVar[dict[str, Any] | None] = None
    """The facts of data that must be downloaded, so that a design can be drawn for it before."""
    known_task: ClassVar[str] = ""
    """The task of data that comes by name."""

    def __init__(self, place: Place, options: Mapping[str, Any]) -> None:
        self.place = place
        self.name = place.name or self.reader
        self.options = dict(options)
        self.content = self._content()
        self.version = digest([self.reader, self.format, self.content, self.options])
        key = f"{self.content[:16]}-{self.version[:16]}"
        self.folder, self.meta = place.cache.entry(key, self._build)

    @abstractmethod
    def _content(self) -> str:
        """A hash of what the data is made from."""

    @abstractmethod
    def _build(self, folder: Path) -> dict[str, Any]:
        """Write the arrays into `folder`; return task, facts, fields, sizes, notes, and what else the reader needs."""

    @property
    def task(self) -> str:
        """The id of the task this data is for."""
        return str(self.meta["task"])

    @property
    def notes(self) -> list[str]:
        """What was decided while reading, in words."""
        return list(self.meta["notes"])

    @property
    def class_names(self) -> list[str]:
        return list(self.meta["facts"].get("label", {}).get("names", []))

    @property
    def columns(self) -> list[dict[str, Any]]:
        """The columns of a CSV file: name, kind, examples and the part each plays; empty for other data."""
        return list(self.meta.get("columns", []))

    def facts(self) -> dict[str, Any]:
        """What designs and pages may know of the data, field by field; `train` and `test` have the sizes."""
        facts: dict[str, Any] = json.loads(json.dumps(self.meta["facts"]))
        for name, size in self.meta["sizes"].items():
            facts[name] = {"size": size}
        return facts

    @cached_property
    def _splits(self) -> dict[str, Split]:
        return {name: Split(self, name, self.folder) for name in ("train", "test")}

    def split(self, name: str) -> Split:
        """The part called `train` or `test`."""
        if name not in self._splits:
            raise DataError(f"there is no split {name!r}; there are train and test")
        return self._splits[name]

    def preview(self, n: int = 12, split: str = "train", seed: int = 0) -> list[dict[str, Any]]:
        """`n` samples for a page, from all classes in turn."""
        part = self.split(split)
        return [part.sample(at) for at in part.pick(n, seed)]

    def row(self, split: Split, at: int) -> dict[str, Any]:
        """A sample of a table by column name."""
        raise DataError(f"{self.name} is no table")

    def to_json(self) -> dict[str, Any]:
        """All that a page shows of the data set, samples apart."""
        return {
            "name": self.name,
            "reader": self.reader,
            "kind": self.kind,
            "task": self.task,
            "version": self.version,
            "options": self.options,
            "facts": self.facts(),
            "counts": {name: part.class_counts() for name, part in self._splits.items()},
            "columns": self.columns,
            "notes": self.notes,
        }


class FileDataset(Dataset):
    """Data in one file of the user's."""

    def _content(self) -> str:
        try:
            return self.place.cache.hash_of(self.place.file)
        except FileNotFoundError:
            raise DataError(f"there is no file {self.place.file}; check the path") from None
        except IsADirectoryError:
            raise DataError(f"{self.place.file} is a folder; pack it into a zip file first") from None
        except PermissionError:
            raise DataError(f"{self.place.file} may not be read; change its permissions") from None


def save(folder: Path, split: str, name: str, array: np.ndarray) -> None:
    """Write one array of a split."""
    np.save(folder / f"{split}.{name}.npy", array, allow_pickle=False)


def save_ragged(folder: Path, split: str, name: str, texts: Iterable[bytes]) -> None:
    """Write byte strings of a split."""
    chunks = list(texts)
    offsets = np.zeros(len(chunks) + 1, dtype=np.int64)
    np.cumsum([len(chunk) for chunk in chunks], out=offsets[1:])
    save(folder, split, f"{name}.data", np.frombuffer(b"".join(chunks), dtype=np.uint8))
    save(folder, split, f"{name}.offsets", offsets)


def check_labels(what: str, names: list[str], limits: Limits, remedy: str) -> None:
    """Refuse classes that cannot be learned; raises DataError."""
    if len(names) < 2:
        have = f"only one class, {names[0]!r}" if names else "no class"
        raise DataError(f"{what} has {have}; {remedy}")
    if len(names) > limits.classes:
        raise DataError(f"{what} has {len(names):,} classes, more than the limit of {limits.classes:,}; {remedy}")
