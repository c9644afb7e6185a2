"""The IDX files in which MNIST and its kin are published."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from ._builtin import BuiltinImages
from ._download import Remote, fetch
from ._errors import DataError

_NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)


class IdxImages(BuiltinImages):
    """28 x 28 grey pictures in four IDX files."""

    title = ""
    n_train = 60_000
    n_test = 10_000
    mirrors: tuple[str, ...] = ()
    md5: tuple[str, str, str, str] = ("", "", "", "")
    n_bytes: tuple[int, int, int, int] = (0, 0, 0, 0)

    def read(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        # Data sets of one kin give their files the same names, so each has a folder of its own.
        files = tuple(
            Remote(name, md5, n_bytes, self.mirrors, folder=self.reader)
            for name, md5, n_bytes in zip(_NAMES, self.md5, self.n_bytes, strict=True)
        )
        arrays = [read_idx(path) for path in fetch(self.place, self.title, files)]
        return {"train": (arrays[0][..., None], arrays[1]), "test": (arrays[2][..., None], arrays[3])}


def read_idx(path: Path) -> np.ndarray:
    """The uint8 array in a gzipped IDX file; raises DataError where it is no such file."""
    fault = DataError(f"{path} is damaged; remove it and try again")
    try:
        with gzip.open(path, "rb") as file:
            head = file.read(4)
            if head[:3] != b"\0\0\x08" or len(head) < 4 or head[3] > 4:
                raise fault
            dims = struct.unpack(f">{head[3]}I", file.read(4 * head[3]))
            n = math.prod(dims)
            if n > 2**30:
                raise fault
            data = file.read(n)
    except (OSError, EOFError, struct.error, zlib.error):
        raise fault from None
    if len(data) != n:
        raise fault
    return np.frombuffer(data, dtype=np.uint8).reshape(dims)
