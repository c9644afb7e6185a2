"""A copy of everything that cannot be made again: the rows and the files of runs and data sets. Redis is left out.

    BACKUP/manifest.json     what is in it: version, tables, and each file with its size and SHA-256
    BACKUP/database.jsonl    every row, readable by SQLite and PostgreSQL alike
    BACKUP/runs/ datasets/   the files, as they lie in the data folder

It is made while the site runs. Files are linked aside before and after the moment that the rows are from, for what a
row points at is written before it and may be replaced soon after. A backup without a manifest was not finished.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

FORMAT, VERSION = "blockyard.backup", 1
MANIFEST, ROWS = "manifest.json", "database.jsonl"
FOLDERS = ("runs", "datasets")
# Made again by whoever needs it, or half arrived.
LEFT_OUT = ("datasets/cache",)
PARTS = (".part",)
# Django makes the first two with the tables; nobody should be signed in by a copy.
NO_ROWS = ("contenttypes", "auth.permission", "sessions", "accounts.signinlink")
SNAPSHOT = "snapshot"


class BackupError(Exception):
    """Why nothing was made or restored, with what to do."""


def make(target: Path) -> dict[str, Any]:
    """Write a backup to a folder that does not exist yet; its manifest."""
    if target.exists():
        raise BackupError(f"{target} exists; name a folder that does not.")
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    data = Path(settings.BLOCKYARD_DATA)
    (data / "tmp").mkdir(parents=True, exist_ok=True)
    try:
        part.mkdir(parents=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=data / "tmp", prefix="backup-") as name:
            stage = Path(name)
            _link_all(data, stage)
            with _snapshot(stage):
                _link_all(data, stage)
                _write_rows(part / ROWS)
            files = {ROWS: _facts(part / ROWS)}
            for path in _files(stage):
                files[str(path)] = _copy(stage / path, part / path)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "made": timezone.now().isoformat(timespec="seconds"),
            "tables": _tables(),
            "files": files,
        }
        _write(part / MANIFEST, json.dumps(manifest, indent=1).encode())
        part.rename(target)
    except OSError as error:
        raise BackupError(f"The backup could not be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest


def restore(source: Path) -> dict[str, Any]:
    """Bring a backup back into an empty installation, whole or not at all; its manifest."""
    manifest = check(source)
    data = Path(settings.BLOCKYARD_DATA)
    for name in FOLDERS:
        if any((data / name).glob("*")):
            raise BackupError(f"{data / name} is not empty; set BLOCKYARD_DATA to a new folder, or move this away.")
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    from playground.accounts.models import User

    if User.objects.exists():
        raise BackupError("The database has accounts already; restore into an empty one.")
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data, prefix=".restore-") as name:
        stage = Path(name)
        for path in manifest["files"]:
            if path != ROWS:
                _copy(source / path, stage / path)
        # The rows last: until they are there, nothing points at the files.
        with transaction.atomic():
            call_command("loaddata", str(source / ROWS), verbosity=0, skip_checks=True)
            for folder in FOLDERS:
                if (stage / folder).exists():
                    with contextlib.suppress(OSError):
                        (data / folder).rmdir()
                    (stage / folder).rename(data / folder)
    return manifest


def check(source: Path) -> dict[str, Any]:
    """The manifest of a whole backup that this Blockyard can read; raises BackupError where anything is amiss."""
    try:
        manifest = json.loads((source / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise BackupError(f"{source} has no {MANIFEST}: it is no backup, or one that was not finished.") from None
    except (OSError, ValueError) as error:
        raise BackupError(f"{source / MANIFEST} cannot be read: {error}.") from error
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{source} is no backup of Blockyard.")
    if manifest["version"] > VERSION:
        raise BackupError("This backup was made by a newer Blockyard; restore it with that one.")
    theirs, ours = (set(map(tuple, tables)) for tables in (manifest["tables"], _all_tables()))
    if theirs - ours:
        raise BackupError("This backup was made by a newer Blockyard; restore it with that one.")
    if ours - theirs:
        raise BackupError("This backup was made by an older Blockyard; restore it with that one, and then update.")
    for path, facts in manifest["files"].items():
        inside = Path(path)
        if inside.is_absolute() or ".." in inside.parts or (path != ROWS and inside.parts[0] not in FOLDERS):
            raise BackupError(f"The manifest names {path}, which is no place of ours.")
        if not (source / inside).is_file() or _facts(source / inside) != facts:
            raise BackupError(f"{path} is missing in the backup, or is not what it was; take another backup.")
    return manifest


def copy_before_migrations(keep: int = 3) -> Path | None:
    """A copy of SQLite's file beside it, before its tables change; the newest few are kept. None without a file."""
    path = Path(str(connection.settings_dict["NAME"]))
    if connection.vendor != "sqlite" or not path.is_file():
        return None
    folder = path.parent / "before-migrations"
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f"{timezone.now():%Y%m%d-%H%M%S-%f}.sqlite3"
    _copy_sqlite(path, target)
    for old in sorted(folder.glob("*.sqlite3"))[:-keep]:
        old.unlink()
    return target


def _copy_sqlite(source: Path, target: Path) -> None:
    """As it is at one moment, whoever writes meanwhile."""
    with contextlib.closing(sqlite3.connect(source)) as one, contextlib.closing(sqlite3.connect(target)) as other:
        one.backup(other)


@contextlib.contextmanager
def _snapshot(stage: Path) -> Iterator[None]:
    """The database as it is now, under a name of its own: nobody waits for us, and what we read does not change."""
    database = dict(connections["default"].settings_dict)
    if connection.vendor == "sqlite":
        path = stage / "snapshot.sqlite3"
        with contextlib.closing(sqlite3.connect(path)) as copy:
            connection.ensure_connection()
            connection.connection.backup(copy)
        database |= {"NAME": str(path), "CONN_MAX_AGE": 0}
    else:
        from psycopg import IsolationLevel

        options = {**database["OPTIONS"], "isolation_level": IsolationLevel.REPEATABLE_READ}
        database |= {"OPTIONS": options, "CONN_MAX_AGE": 0}
    connections.settings[SNAPSHOT] = database
    try:
        with transaction.atomic(using=SNAPSHOT):
            # The moment is that of the first look.
            with connections[SNAPSHOT].cursor() as cursor:
                cursor.execute("SELECT COUNT(*) FROM django_migrations")
            yield
    finally:
        connections[SNAPSHOT].close()
        del connections[SNAPSHOT], connections.settings[SNAPSHOT]
        (stage / "snapshot.sqlite3").unlink(missing_ok=True)


def _write_rows(path: Path) -> None:
    call_command(
        "dumpdata",
        database=SNAPSHOT,
        format="jsonl",
        output=str(path),
        exclude=list(NO_ROWS),
        use_natural_foreign_keys=True,
        verbosity=0,
        skip_checks=True,
    )


def _link_all(data: Path, stage: Path) -> None:
    """Link every file that is not there yet; one that goes meanwhile is not missed."""
    from playground.runs import artifacts

    for path in _files(data):
        target = stage / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                artifacts.link(data / path, target)


def _files(root: Path) -> Iterator[Path]:
    """What is to be kept, relative to the root."""
    for name in FOLDERS:
        for folder, inner, files in os.walk(root / name):
            here = Path(folder).relative_to(root)
            inner[:] = sorted(item for item in inner if str(here / item) not in LEFT_OUT)
            yield from (here / file for file in sorted(files) if not file.endswith(PARTS))


def _copy(source: Path, target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    # Of the copy, for a file may be written to while it is copied.
    return _facts(target)


def _facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _tables() -> list[tuple[str, str]]:
    """The migrations that the rows have been through."""
    return sorted(MigrationLoader(connection).applied_migrations)


def _all_tables() -> list[tuple[str, str]]:
    """The migrations that this Blockyard knows."""
    return sorted(MigrationLoader(connection).disk_migrations)
