"""Databases with all tables, made once and copied for each test that has processes of its own."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests import server_mode

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Database:
    """One copy: what Django calls it, and the environment of processes that use it."""

    name: str
    env: dict[str, str]


class Sqlite:
    """A file, copied."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "blockyard.sqlite3"
        migrate({"BLOCKYARD_MODE": "local", "BLOCKYARD_DATA": str(folder)})
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def copy(self, data: Path) -> Database:
        path = data / self.path.name
        shutil.copyfile(self.path, path)
        return Database(str(path), {"BLOCKYARD_MODE": "local"})

    def drop(self, database: Database) -> None:
        """The file goes with the test's folder."""

    def close(self) -> None: ...


class Postgres:
    """A template database, copied by the server."""

    def __init__(self, folder: Path) -> None:
        self.template = f"by_template_{secrets.token_hex(6)}"
        execute(f'CREATE DATABASE "{self.template}"')
        migrate({**server_mode.environment(self.template), "BLOCKYARD_DATA": str(folder)})

    def copy(self, data: Path) -> Database:
        name = f"by_test_{secrets.token_hex(6)}"
        execute(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"')
        # One secret for all processes of an installation, this one included.
        kept = {key: os.environ[key] for key in ("BLOCKYARD_SECRET_KEY",) if key in os.environ}
        return Database(name, {**server_mode.environment(name), **kept})

    def drop(self, database: Database) -> None:
        execute(f'DROP DATABASE IF EXISTS "{database.name}" WITH (FORCE)')

    def close(self) -> None:
        execute(f'DROP DATABASE IF EXISTS "{self.template}" WITH (FORCE)')


def execute(statement: str) -> None:
    """Say something to the PostgreSQL server."""
    import psycopg

    with psycopg.connect(f"{server_mode.POSTGRES}/postgres", autocommit=True) as connection:
        connection.execute(statement)


def migrate(env: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--skip-checks", "-v", "0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, check=True, timeout=120)


Template = Sqlite | Postgres
