"""An engine process that stays for the next question: importing torch costs seconds, most answers do not."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.conf import settings

from .engine import DONE, Engine, Outcome
from .wire import Event


class Busy(Exception):
    """The process is still working for others."""


class TooSlow(Exception):
    """No answer in time; the process was ended."""


class Ended(Exception):
    """The process ended without an answer; `outcome` says how."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error["message"])
        self.outcome = outcome


class Warm:
    """One engine process for questions, one at a time; started for the first one, and again where it has ended.

    The engine's command reads a question with an `id` from each line of stdin, and says `answer` or `error` with that
    `id` on stdout. When it has idled long enough it ends by itself.
    """

    def __init__(self, args: Callable[[], Sequence[str]]) -> None:
        self.args = args
        self._turn = threading.Lock()
        self._numbers = itertools.count(1)
        self._engine: Engine | None = None

    def ask(
        self,
        question: Mapping[str, Any],
        *,
        timeout: float,
        wait: float,
        on_event: Callable[[Event], None] = lambda event: None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Event:
        """The answering event, after at most `wait` seconds for its turn and `timeout` for the work.

        Events on the way (`progress`) go to `on_event`. Raises Busy (also where `wanted` no longer says so), TooSlow
        or Ended.
        """
        deadline = time.monotonic() + wait
        while not self._turn.acquire(timeout=0.1):
            if not wanted() or time.monotonic() > deadline:
                raise Busy
        try:
            if not wanted():
                raise Busy
            was_warm = self._engine is not None
            try:
                return self._ask(question, timeout, on_event)
            except Ended as error:
                # It may have idled out just now; whoever did not idle is not asked again.
                if not was_warm or error.outcome.code != DONE:
                    raise
                return self._ask(question, timeout, on_event)
        finally:
            self._turn.release()

    def close(self) -> None:
        """End the process, if there is one."""
        with self._turn:
            if self._engine is not None:
                self._engine.kill()
                self._engine = None

    def _ask(self, question: Mapping[str, Any], timeout: float, on_event: Callable[[Event], None]) -> Event:
        if self._engine is None:
            self._engine = Engine(self.args(), memory_limit=settings.BLOCKYARD_MAX_MEMORY)
        engine, number = self._engine, next(self._numbers)
        engine.send({**question, "id": number})
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            try:
                event = engine.events.get(timeout=left)
            except queue.Empty:
                break
            if event is None:
                self._engine = None
                raise Ended(engine.outcome())
            if event.get("id") != number:
                continue
            if event["type"] in ("answer", "error"):
                return event
            on_event(event)
        self._engine = None
        engine.kill()
        raise TooSlow
