"""The disk below the data folder: said before it is full, for then runs pause and uploads wait, and nothing is torn."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

from django.conf import settings

# A look costs microseconds, but pages ask with every request.
REMEMBER_S = 2.0
# Runs begin again with some room above the bound, or each would stop as soon as it has begun.
ROOM = 1.25

_lock = threading.Lock()
_last: tuple[float, str, int] = (float("-inf"), "", 0)


def free() -> int:
    """Bytes that are free where the data folder lies, a moment old at most."""
    global _last
    folder = str(settings.BLOCKYARD_DATA)
    with _lock:
        now = time.monotonic()
        if now - _last[0] > REMEMBER_S or _last[1] != folder:
            place = next(path for path in (Path(folder), *Path(folder).parents) if path.exists())
            _last = (now, folder, shutil.disk_usage(place).free)
        return _last[2]


def low() -> bool:
    """Whether less is free than BLOCKYARD_MIN_FREE_DISK: what writes stops."""
    return free() < settings.BLOCKYARD_MIN_FREE_DISK


def too_low_to_begin() -> bool:
    """Whether nothing that writes much should begin."""
    return free() < settings.BLOCKYARD_MIN_FREE_DISK * ROOM


def message() -> str:
    """What people read while the disk is nearly full."""
    return f"The disk is nearly full ({free() / 2**20:,.0f} MiB free), so no run starts and no upload is taken."


REMEDY = "Delete runs or data sets that are not needed, or give the data folder more room."
