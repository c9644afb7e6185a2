"""Where the files of uploaded data sets lie. Names are ours: a client's file name never becomes a path."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from .models import Dataset

SUFFIXES = (".zip", ".csv", ".tsv", ".txt", ".text", ".md", ".log")
# Kept free on the disk when an upload is accepted: the database and checkpoints live there too.
RESERVE_BYTES = 512 * 1024 * 1024


def root() -> Path:
    return Path(settings.BLOCKYARD_DATA) / "datasets"


def cache_root() -> Path:
    """Where the engine keeps prepared forms; given to every engine process that opens data."""
    return root() / "cache"


def suffix_of(filename: str) -> str:
    """The suffix of a client's file name if it is one that is read here, else an empty string."""
    suffix = Path(filename).suffix.lower()
    return suffix if suffix in SUFFIXES else ""


def folder(dataset: Dataset) -> Path:
    return root() / dataset.pid


def part_path(dataset: Dataset) -> Path:
    """The upload while it is arriving."""
    return folder(dataset) / "upload.part"


def data_path(dataset: Dataset) -> Path:
    """The complete file, under a fixed name with the suffix its reader goes by."""
    return folder(dataset) / f"data{suffix_of(dataset.filename)}"


def free_bytes() -> int:
    root().mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root()).free - RESERVE_BYTES


def write_at(dataset: Dataset, offset: int, chunks: Iterable[bytes], limit: int) -> int:
    """Write chunks at an offset of the part file; how many bytes. ValueError when there are more than `limit`."""
    path = part_path(dataset)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for chunk in chunks:
            if written + len(chunk) > limit:
                raise ValueError("too long")
            os.pwrite(fd, chunk, offset + written)
            written += len(chunk)
    finally:
        os.close(fd)
    return written


def take(dataset: Dataset, body: Path) -> None:
    """Make a file the gate has received the data set's part file: a rename on the same file system."""
    path = part_path(dataset)
    path.parent.mkdir(parents=True, exist_ok=True)
    body.replace(path)


def finish(dataset: Dataset) -> None:
    """The upload is complete: the part file becomes the data file, and is on the disk when this returns."""
    fd = os.open(part_path(dataset), os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
    part_path(dataset).replace(data_path(dataset))


def remove(pid: str) -> None:
    shutil.rmtree(root() / pid, ignore_errors=True)


def chunks_of(path: Path, size: int = 1024 * 1024) -> Iterable[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(size):
            yield chunk
