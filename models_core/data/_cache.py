"""Prepared data on disk: arrays made once from a file, found again by what the file contains."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from ._errors import DataError
from .limits import size_text

try:
    import fcntl
except ImportError:  # Windows: two processes may then prepare the same data twice; the rename still lets one win
    fcntl = None  # type: ignore[assignment]

Build = Callable[[Path], dict[str, Any]]


def default_root() -> Path:
    """$BLOCKYARD_DATA/datasets/cache, or ~/.cache/blockyard where that variable is unset."""
    data = os.environ.get("BLOCKYARD_DATA")
    return Path(data) / "datasets" / "cache" if data else Path.home() / ".cache" / "blockyard"


def digest(value: Any) -> str:
    """A hash of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Cache:
    """A folder of entries; an entry is a folder of arrays and a `meta.json` that appears whole or not at all."""

    def __init__(self, root: str | Path | None = None) -> None:
        self.root = Path(root) if root is not None else default_root()

    def hash_of(self, path: Path) -> str:
        """SHA-256 of a file's content, remembered while its inode, size and time of change stay the same."""
        stat = path.stat()
        mark = [str(path.resolve()), stat.st_ino, stat.st_size, stat.st_mtime_ns]
        note = self.root / "hashes" / digest(mark)[:32]
        with contextlib.suppress(OSError):
            text = note.read_text()
            if len(text) == 64:
                return text
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        # A file changed within the clock's grain keeps its time of change, so a fresh file is not remembered.
        if time.time() - stat.st_mtime > 2:
            with contextlib.suppress(OSError):
                note.parent.mkdir(parents=True, exist_ok=True)
                temp = note.with_suffix(f".{os.getpid()}")
                temp.write_text(found)
                temp.replace(note)
        return found

    def entry(self, key: str, build: Build) -> tuple[Path, dict[str, Any]]:
        """The folder and meta of `key`; `build(folder)` fills it first where it is missing, and returns the meta."""
        final = self.root / key
        meta = _meta(final)
        if meta is not None:
            return final, meta
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self._lock(key):
                meta = _meta(final)
                if meta is None:
                    self._sweep(key)
                    meta = self._make(key, final, build)
            return final, meta
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DataError(
                    f"the disk is full: {self.root} has no room for the prepared data; free some"
                ) from error
            if isinstance(error, PermissionError | FileExistsError | NotADirectoryError) or error.errno == errno.EROFS:
                raise DataError(
                    f"{self.root} cannot be written: {error.strerror}; set BLOCKYARD_DATA to a folder of yours"
                ) from error
            raise

    def need(self, n_bytes: int) -> None:
        """Refuse now what the disk cannot hold in the end; raises DataError with both figures."""
        self.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.root).free
        if n_bytes > free:
            raise DataError(
                f"the prepared data needs {size_text(n_bytes)}, but {self.root} has {size_text(free)} free; "
                "free some space or set BLOCKYARD_DATA to a larger disk"
            )

    def forget(self, content: str) -> int:
        """Remove every entry made from content of this hash; how many there were."""
        entries = list(self.root.glob(f"{content[:16]}-*"))
        for entry in entries:
            shutil.rmtree(entry, ignore_errors=True)
        for lock in self.root.glob(f".{content[:16]}-*.lock"):
            lock.unlink(missing_ok=True)
        return len([entry for entry in entries if not entry.exists()])

    def _make(self, key: str, final: Path, build: Build) -> dict[str, Any]:
        temp = self.root / f".{key}.{os.getpid()}.{time.monotonic_ns()}"
        temp.mkdir()
        try:
            meta = build(temp)
            meta["files"] = {path.name: path.stat().st_size for path in sorted(temp.iterdir())}
            for path in temp.iterdir():
                _fsync(path)
            (temp / "meta.json").write_text(json.dumps(meta))
            _fsync(temp / "meta.json")
            if final.exists():  # an entry that lost a file, or the other process where there are no locks
                shutil.rmtree(final, ignore_errors=True)
            temp.rename(final)
        except BaseException:
            shutil.rmtree(temp, ignore_errors=True)
            raise
        # Read back, so that what was just made and what is found later are the same values.
        return json.loads((final / "meta.json").read_text())

    def _sweep(self, key: str) -> None:
        # Whoever holds the lock is the only builder, so what lies here was left by one that died.
        for left in self.root.glob(f".{key}.*"):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)

    @contextlib.contextmanager
    def _lock(self, key: str) -> Iterator[None]:
        if fcntl is None:
            yield
            return
        path = self.root / f".{key}.lock"
        while True:
            with path.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if not _is_at(file, path):
                    continue  # whoever held it before us has removed it, and others lock a new one
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return


def _is_at(file: IO[str], path: Path) -> bool:
    """Whether an open file is the one that lies at `path` now."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _meta(folder: Path) -> dict[str, Any] | None:
    """The entry's meta, or None where it is absent or a file of it is missing or short."""
    try:
        meta: dict[str, Any] = json.loads((folder / "meta.json").read_text())
        files: Mapping[str, int] = meta["files"]
        if all((folder / name).stat().st_size == size for name, size in files.items()):
            return meta
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
