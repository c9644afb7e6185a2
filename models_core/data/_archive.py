"""Reading zip files that strangers made: all is checked before a byte is unpacked, nothing is extracted by name."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ._errors import DataError
from .limits import MIB, Limits, size_text

_ARCHIVES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst", ".jar"})
_END, _END64, _LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


@dataclass(frozen=True)
class Member:
    """One file in the archive: its path in parts, and where zipfile finds it."""

    parts: tuple[str, ...]
    info: zipfile.ZipInfo

    @property
    def path(self) -> str:
        return "/".join(self.parts)

    @property
    def suffix(self) -> str:
        return os.path.splitext(self.parts[-1])[1].lower()


class Archive:
    """An opened zip file whose directory passed every check; a context manager. Raises DataError."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        size = path.stat().st_size
        if size > limits.archive_bytes:
            raise DataError(
                f"the zip file has {size_text(size)}, more than the limit of {size_text(limits.archive_bytes)}; "
                "take fewer or smaller pictures, or raise BLOCKYARD_LIMIT_ARCHIVE_BYTES"
            )
        _check_directory(path, size, limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, EOFError, OSError) as error:
            raise DataError(f"the file is not a zip archive that can be read ({error}); pack it again") from None
        try:
            self.members = self._check()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def read(self, member: Member) -> bytes:
        """The unpacked bytes of a member; raises DataError where it is damaged or larger than it says."""
        if member.info.file_size > self.limits.picture_bytes:
            raise DataError(f"has {size_text(member.info.file_size)}, more than {size_text(self.limits.picture_bytes)}")
        try:
            with self._zip.open(member.info) as file:
                # zipfile stops at the size its directory declares, which was checked.
                return file.read()
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            ValueError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as error:
            raise DataError(f"cannot be unpacked ({error})") from None

    def _check(self) -> list[Member]:
        infos = self._zip.infolist()
        limits = self.limits
        members: list[Member] = []
        seen: set[tuple[str, ...]] = set()
        n_files = 0
        total = 0
        for info in infos:
            parts = _parts(info)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind == stat.S_IFLNK:
                raise DataError(f"the zip file contains a link, {_show(info)}; pack the files themselves")
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise DataError(f"the zip file contains a device or pipe, {_show(info)}; pack files only")
            if info.is_dir() or kind == stat.S_IFDIR:
                continue
            n_files += 1
            total += info.file_size
            if info.file_size > MIB and info.file_size > limits.ratio * max(info.compress_size, 1):
                raise DataError(
                    f"{_show(info)} unpacks from {size_text(info.compress_size)} to {size_text(info.file_size)}, "
                    f"more than {limits.ratio} times its size, as a zip bomb does; pack it again without that file"
                )
            if not parts or any(part.startswith(".") for part in parts) or parts[0] == "__MACOSX":
                continue
            if info.flag_bits & 0x1:
                raise DataError(f"{_show(info)} is encrypted; pack the files without a password")
            if parts in seen:
                raise DataError(f"the zip file contains {_show(info)} twice; pack it again")
            seen.add(parts)
            member = Member(parts, info)
            if member.suffix in _ARCHIVES:
                raise DataError(f"the zip file contains another archive, {_show(info)}; unpack that first")
            members.append(member)
        if n_files >= limits.files:
            raise DataError(_too_many(n_files, limits))
        if total > limits.unpacked_bytes:
            raise DataError(
                f"the zip file unpacks to {size_text(total)}, more than the limit of "
                f"{size_text(limits.unpacked_bytes)}; take fewer pictures, or raise BLOCKYARD_LIMIT_UNPACKED_BYTES"
            )
        return members


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    # Some Windows programs pack with backslashes; as a separator they must obey the same rules.
    name = info.filename.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or (len(parts[0]) == 2 and parts[0][1] == ":"):
        raise DataError(f"the zip file contains an absolute path, {_show(info)}; pack the folder with relative paths")
    if ".." in parts:
        raise DataError(f"the zip file contains a path that leads outside, {_show(info)}; pack it without '..'")
    if any(ord(char) < 32 for char in name):
        raise DataError(f"the zip file contains a name with control characters, {_show(info)}; rename that file")
    return tuple(part for part in parts if part not in ("", "."))


def _show(info: zipfile.ZipInfo) -> str:
    name = info.filename
    return repr(name if len(name) <= 80 else name[:77] + "...")


def _too_many(n: int, limits: Limits) -> str:
    most = limits.files - 1
    return f"the zip file contains {n:,} files; up to {most:,} are read: take fewer, or raise BLOCKYARD_LIMIT_FILES"


def _check_directory(path: Path, size: int, limits: Limits) -> None:
    """Look at the archive's end record before zipfile reads its whole directory into memory; raises DataError."""
    with path.open("rb") as file:
        file.seek(max(0, size - 65_557))
        tail = file.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            raise DataError("the file is not a zip archive, or its end is missing; pack or upload it again")
        n_files, directory_bytes = struct.unpack("<HI", tail[at + 10 : at + 16])
        locator = tail[at - 20 : at] if at >= 20 else b""
        if locator[:4] == _LOCATOR:
            file.seek(min(struct.unpack("<Q", locator[8:16])[0], size))
            record = file.read(56)
            if record[:4] != _END64 or len(record) < 56:
                raise DataError("the zip archive's end record is damaged; pack it again")
            n_files, directory_bytes = struct.unpack("<QQ", record[32:48])
    # The count may lie, the size in bytes may not: zipfile reads just so much. An entry has 46 bytes and its name.
    if n_files >= limits.files + limits.files // 4:  # folders are entries too; files are counted exactly later
        raise DataError(_too_many(n_files, limits))
    if directory_bytes > 512 * limits.files:
        raise DataError(_too_many(directory_bytes // 512, limits))
