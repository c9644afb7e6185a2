"""One person's machine: SQLite, the embedded Redis, a secret made once and kept in the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from playground.settings import env
from playground.settings.base import BLOCKYARD_DATA

# The Host check is what keeps a foreign page from reaching us by DNS rebinding.
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

# IMMEDIATE takes the write lock at BEGIN, where waiting works; a deferred transaction that writes later is refused at
# once with "database is locked", whatever the timeout.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BLOCKYARD_DATA / "blockyard.sqlite3",
        "ATOMIC_REQUESTS": False,
        # The web process answers in lasting threads; opening the file for each request costs more than most queries.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": None},
    },
}


def _kept_secret(folder: Path) -> str:
    """The secret of this data folder, made on first use; readable by its owner only."""
    path = folder / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".secret_key.{os.getpid()}"
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)  # fails where another process was first: then its secret holds
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


try:
    SECRET_KEY = _kept_secret(BLOCKYARD_DATA)
except OSError as error:
    raise env.EnvError(
        f"The data folder {BLOCKYARD_DATA} cannot be written: {error.strerror}. Set BLOCKYARD_DATA to another."
    ) from error
