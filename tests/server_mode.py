"""BLOCKYARD_TEST_MODE=server: the site's tests on PostgreSQL instead of SQLite, and with server mode's settings.

A plugin (pyproject.toml names it), because pytest-django reads the settings before any conftest.py.
"""

from __future__ import annotations

import os
import secrets

POSTGRES = os.environ.get("BLOCKYARD_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")
REDIS = os.environ.get("BLOCKYARD_TEST_REDIS", "redis://127.0.0.1:6379/0")
CHOSEN = os.environ.get("BLOCKYARD_TEST_MODE") == "server"


def environment(database: str) -> dict[str, str]:
    """Server mode with this database; without TLS, which is the proxy's."""
    return {
        "BLOCKYARD_MODE": "server",
        "BLOCKYARD_SECRET_KEY": secrets.token_urlsafe(50),
        "BLOCKYARD_HOSTS": "play.example.org 127.0.0.1 localhost",
        "BLOCKYARD_DATABASE_URL": f"{POSTGRES}/{database}",
        "BLOCKYARD_SSL_REDIRECT": "0",
        "BLOCKYARD_LOG_REQUESTS": "0",
        "BLOCKYARD_LOG_FORMAT": "line",
    }


# xdist's workers have our environment, so that all share one name (pytest-django adds theirs to it).
if CHOSEN and "BLOCKYARD_DATABASE_URL" not in os.environ:
    os.environ.update(environment(f"by_site_{secrets.token_hex(4)}"))
    # As with SQLite: those tests that need a Redis start one of their own.
    os.environ["BLOCKYARD_REDIS_URL"] = "redis://127.0.0.1:1/0"
    os.environ["BLOCKYARD_REDIS_PREFIX"] = f"by_site_{secrets.token_hex(4)}"
