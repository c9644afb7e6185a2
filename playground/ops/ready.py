"""Whether this process can do its work now: database, tables, Redis, data folder. Says which, and nothing else."""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import redis
from django.conf import settings
from django.db import close_old_connections, connection
from django.db.migrations.executor import MigrationExecutor

logger = logging.getLogger(__name__)

# Anybody may ask, so an answer holds for a moment.
REMEMBER_S = 1.0
REDIS_S = 2.0


class NotReady(Exception):
    """Why a part does not serve: a few words without names of hosts or people."""


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


_migrated = False


def _migrations() -> None:
    # Tables do not go back while a process lives, so one good answer is enough.
    global _migrated
    if _migrated:
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady("not applied; run manage.py migrate")
    _migrated = True


def _redis() -> None:
    with redis.Redis.from_url(
        settings.BLOCKYARD_REDIS_URL, socket_timeout=REDIS_S, socket_connect_timeout=REDIS_S
    ) as store:
        store.ping()


def _data() -> None:
    folder = Path(settings.BLOCKYARD_DATA)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".ready-") as file:
        file.write(b"ready")
        file.flush()


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "data_folder": _data,
}


def look() -> dict[str, str]:
    """Each part with "ok" or what is wrong with it; why in detail stands in the log."""
    found = {}
    close_old_connections()
    for name, check in CHECKS.items():
        try:
            check()
            found[name] = "ok"
        except NotReady as error:
            found[name] = str(error)
        except Exception as error:
            logger.warning("not ready, %s: %s", name, error)
            found[name] = "does not answer" if name != "data_folder" else "cannot be written"
    close_old_connections()
    return found


_lock = threading.Lock()
_last: tuple[float, dict[str, str]] = (float("-inf"), {})


def state() -> dict[str, str]:
    """What `look` says, at most a second old; two who ask at once look once."""
    global _last
    with _lock:
        if time.monotonic() - _last[0] > REMEMBER_S:
            found = look()
            _last = (time.monotonic(), found)
        return _last[1]
