"""Where things lie on disk. Imports no Django settings: `manage.py up` needs it before anything else is loaded."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from playground.settings import env

BASE_DIR = Path(__file__).resolve().parents[2]
# sun_path holds 108 bytes with its closing zero; a longer path is refused by the kernel.
LONGEST_SOCKET = 107


def data_folder() -> Path:
    """The one folder that holds database, Redis, artifacts and datasets: BLOCKYARD_DATA or ./var."""
    return env.folder("BLOCKYARD_DATA", BASE_DIR / "var")


def redis_folder(data: Path) -> Path:
    """The private folder of the embedded Redis' socket: short, and the same for every process on the same data."""
    name = f"blockyard-{os.getuid()}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:10]}"
    places = [os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"]  # noqa: S108 - made 0700 and checked
    for place in places:
        if place and os.access(place, os.W_OK) and len(os.fsencode(f"{place}/{name}/redis.sock")) <= LONGEST_SOCKET:
            return Path(place) / name
    raise env.EnvError(
        "No folder is short enough for the socket of Redis; set XDG_RUNTIME_DIR to a short, private one."
    )


def redis_socket(data: Path) -> Path:
    """The embedded Redis' unix socket."""
    return redis_folder(data) / "redis.sock"


def engine_socket(data: Path) -> Path:
    """The unix socket of the engine's fork server, beside the embedded Redis'."""
    return redis_folder(data) / "engine.sock"


def make_private(folder: Path) -> None:
    """Makes a folder only we can enter, and refuses one that somebody else has put there first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else; remove it or set XDG_RUNTIME_DIR")
    folder.chmod(0o700)
