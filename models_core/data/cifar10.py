"""CIFAR-10, downloaded."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path

import numpy as np

from models_core.registry import Source, register

from ._builtin import BuiltinImages
from ._download import Remote, fetch
from ._errors import DataError

# The binary form: the one for Python is a pickle, which would run code.
_FILE = Remote(
    "cifar-10-binary.tar.gz",
    "c32a1d4ab5d03f1284b67883e8d87530",
    170_052_171,
    ("https://www.cs.toronto.edu/~kriz/",),
)
_RECORD = 1 + 3 * 32 * 32


@register(
    "dataset",
    id="cifar10",
    family="built-in",
    title="CIFAR-10",
    source=Source("A. Krizhevsky", "Learning multiple layers of features from tiny images", 2009),
    tags=("image", "download"),
)
class Cifar10(BuiltinImages):
    """60,000 small colour photographs of 32 x 32 pixels in 10 classes; downloads 170 MB once."""

    reader = "cifar10"
    classes = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    n_train = 50_000
    n_test = 10_000
    shape = (32, 32, 3)

    def read(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        path = fetch(self.place, "CIFAR-10", (_FILE,))[0]
        return read_archive(path)


def read_archive(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Pictures (N 32 32 3) and labels of each split from the published archive; raises DataError if it is damaged."""
    wanted = {f"data_batch_{number}.bin": "train" for number in range(1, 6)} | {"test_batch.bin": "test"}
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                file = archive.extractfile(member) if name in wanted and member.isfile() else None
                if file is not None:
                    found[name] = file.read(10_000 * _RECORD + 1)
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        raise DataError(f"{path} is damaged; remove it and try again") from None
    parts: dict[str, list[np.ndarray]] = {"train": [], "test": []}
    for name, split in wanted.items():
        data = found.get(name, b"")
        if not data or len(data) % _RECORD or len(data) > 10_000 * _RECORD:
            raise DataError(f"{path} lacks {name}; remove it and try again")
        parts[split].append(np.frombuffer(data, dtype=np.uint8).reshape(-1, _RECORD))
    out = {}
    for split, arrays in parts.items():
        records = np.concatenate(arrays)
        out[split] = (records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), records[:, 0])
    return out
