"""Small data made for tests: pictures, archives, tables."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def picture(
    seed: int = 0, width: int = 12, height: int = 10, mode: str = "RGB", format: str = "PNG", **save: object
) -> bytes:
    """An encoded picture of noise."""
    channels = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels).save(file, format, **save)
    return file.getvalue()


def pack(path: Path, files: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    """A zip file with these contents by name, names taken as they are."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return path


def link(path: Path, name: str, target: str) -> Path:
    """Add a symbolic link to a zip file."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, target)
    return path


def classes(names: Iterable[str], n: int = 5, prefix: str = "", **picture_options: object) -> dict[str, bytes]:
    """`n` pictures for each class by path."""
    return {
        f"{prefix}{name}/{at}.png": picture(seed=at * 100 + number, **picture_options)  # type: ignore[arg-type]
        for number, name in enumerate(names)
        for at in range(n)
    }


def leftovers(cache: Path) -> list[str]:
    """What a refused import left in the cache, apart from empty lock files and remembered hashes."""
    if not cache.exists():
        return []
    return sorted(
        path.name
        for path in cache.iterdir()
        if not (path.name.endswith(".lock") and path.stat().st_size == 0) and path.name != "hashes"
    )


def shared(name: str) -> Path:
    """A real file from the shared data folder, or the test is skipped."""
    folder = os.environ.get("BLOCKYARD_SHARED_DATA") or Path(__file__).resolve().parents[3].parent / "shared" / "data"
    path = Path(folder) / name
    if not path.is_file():
        pytest.skip(f"{path} is not there; set BLOCKYARD_SHARED_DATA to the folder that has {name}")
    return path
