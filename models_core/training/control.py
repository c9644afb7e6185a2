"""What reaches a running engine from outside: commands on stdin, signals, the life line."""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import stat
import sys
import threading
from typing import IO, Any

GRACE_SECONDS = 5.0
"""How long an engine whose supervisor is gone may take for its last checkpoint."""


class Control:
    """Wishes from outside, read by the loop between two steps."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.notes: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.rates: queue.SimpleQueue[float] = queue.SimpleQueue()

    @property
    def stopping(self) -> bool:
        """Whether the run should end now, with a checkpoint."""
        return self.reason is not None

    def stop(self, reason: str = "stopped on request") -> None:
        """Ask the run to end with a checkpoint."""
        if self.reason is None:
            self.reason = reason

    def command(self, line: str) -> None:
        """Take one command, a line of JSON; what cannot be understood becomes a note for the log."""
        try:
            message: Any = json.loads(line)
            name = message["cmd"]
        except (ValueError, TypeError, KeyError):
            self.notes.put(
                f'not a command: {line.strip()[:80]!r}; write {{"cmd": "stop"}} or {{"cmd": "set", "lr": 0.01}}'
            )
            return
        if name in ("stop", "pause", "cancel"):
            self.stop(f"{name} was asked for")
        elif name == "set":
            lr = message.get("lr")
            if isinstance(lr, int | float) and not isinstance(lr, bool) and math.isfinite(lr) and 0 <= lr <= 100:
                self.rates.put(float(lr))
            else:
                self.notes.put(f"set: lr is {lr!r}; give a number from 0 to 100")
        else:
            self.notes.put(f"there is no command {name!r}; there are stop, pause, cancel, set")

    def listen(self, stream: IO[str] | None = None) -> None:
        """Read commands in a thread; the end of the stream ends the engine.

        Only a pipe, a socket or a terminal is somebody's life line: /dev/null and files are not, and are left alone.
        """
        stream = stream or sys.stdin
        if stream is None or not _is_lifeline(stream):
            return
        threading.Thread(target=self._read, args=(stream,), name="commands", daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        try:
            for line in stream:
                if line.strip():
                    self.command(line)
        except (OSError, ValueError):
            pass
        self.abandon("the supervisor is gone")

    def abandon(self, reason: str) -> None:
        """Stop, and end the process by force where that takes longer than the grace."""
        self.stop(reason)
        timer = threading.Timer(GRACE_SECONDS, os._exit, args=(3,))
        timer.daemon = True
        timer.start()

    def catch_signals(self) -> None:
        """Take SIGTERM and SIGINT as a stop; a second one ends the process at once. For the main thread only."""

        def handle(number: int, frame: Any) -> None:
            if self.stopping:
                os._exit(3)
            name = signal.Signals(number).name
            if number == signal.SIGTERM:
                self.abandon(f"got {name}")
            else:
                self.stop(f"got {name}")

        signal.signal(signal.SIGTERM, handle)
        signal.signal(signal.SIGINT, handle)


def _is_lifeline(stream: IO[str]) -> bool:
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stream.isatty()
