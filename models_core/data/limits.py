"""How much data one data set may bring: every bound in one place, each changeable by an environment variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models_core.environment import BadSetting, bounds

from ._errors import DataError

MIB = 2**20
GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """Bounds on what is read; the variable for `rows` is BLOCKYARD_LIMIT_ROWS, and so for each field."""

    archive_bytes: int = 4 * GIB
    files: int = 100_000  # an archive with this many files or more is refused
    unpacked_bytes: int = 8 * GIB
    ratio: int = 200  # unpacked to packed size of one file above 1 MiB; pictures stay far below
    picture_bytes: int = 64 * MIB
    pixels: int = 50_000_000
    prepared_bytes: int = 8 * GIB
    resized_bytes: int = (
        GIB  # up to here pictures resized for a design are kept on disk, beyond they are made on the fly
    )
    text_bytes: int = 512 * MIB
    csv_bytes: int = 512 * MIB
    rows: int = 5_000_000
    columns: int = 2_000
    cell_chars: int = 1_000_000
    classes: int = 1_000
    categories: int = 50
    download_seconds: int = 10  # without an answer

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Limits:
        """The defaults with what the environment overrides; raises DataError for one that is no positive integer."""
        try:
            return bounds(cls, "BLOCKYARD_LIMIT", env)
        except BadSetting as error:
            raise DataError(str(error)) from None


def size_text(n_bytes: int) -> str:
    """A number of bytes for people: 59.3 MiB."""
    value = float(n_bytes)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            return f"{int(value)} bytes" if unit == "bytes" else f"{value:.4g} {unit}"
        value /= 1024
    raise AssertionError
