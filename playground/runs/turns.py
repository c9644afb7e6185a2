"""Questions that take an engine process of their own: one at a time, and of each person only the newest."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings

from playground.accounts.models import User
from playground.web.errors import ApiError

from . import engine
from .engine import Outcome

# How long a question waits for its turn; it holds one of the threads that answer requests.
WAIT_SECONDS = 15.0
# What measures takes cores from the runs that are going on, and two at once would measure each other.
_place = threading.BoundedSemaphore(1)
# The newest question of each user and kind: an older one still being worked on is dropped.
_newest: dict[tuple[int, str], object] = {}


def run(user: User, kind: str, command: Callable[[Path], Sequence[str]], *, timeout: float) -> Outcome:
    """Run the engine command that is made for an empty folder, when its turn has come.

    Raises ApiError where others take too long (busy), and where the same person asks for the same kind of thing
    again meanwhile (overtaken).
    """
    key, mine = (user.pk, kind), object()
    _newest[key] = mine
    folder = Path(settings.BLOCKYARD_DATA) / "tmp"
    folder.mkdir(parents=True, exist_ok=True)

    def overtaken() -> bool:
        return _newest.get(key) is not mine

    deadline = time.monotonic() + WAIT_SECONDS
    while not _place.acquire(timeout=0.2):
        if time.monotonic() > deadline:
            raise ApiError(503, "busy", "Others are measuring just now. Ask again in a minute, or go on without.")
        if overtaken():
            raise _overtaken()
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix="question-") as name:
            outcome = engine.run_command(command(Path(name)), timeout=timeout, should_stop=overtaken)
    finally:
        _place.release()
    if overtaken():
        raise _overtaken()
    del _newest[key]
    return outcome


def _overtaken() -> ApiError:
    return ApiError(409, "overtaken", "The same was asked for again since.")
