"""Child processes of `up`: each in a session of its own, dying with us, stopped politely and then not."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
STOP_S = 10.0
# A child that dies this often within the window is not started again.
MOST_DEATHS, WINDOW_S = 5, 60.0
LOG_LIMIT = 8 * 2**20


class ChildFault(Exception):
    """A child that cannot be started or does not stay alive; the message is the one line that people see."""


def die_with_parent(parent: int) -> Callable[[], None]:
    """For between fork and exec: the kernel kills the child when we are gone, however we went.

    The signal comes when the *thread* that forked ends, so children are started from the main thread only.
    """
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def before_exec() -> None:
        os.umask(0o077)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # gone between fork and prctl
                os._exit(1)

    return before_exec


@dataclass
class Child:
    """One program that `up` keeps running."""

    name: str
    title: str
    command: Sequence[str]
    log: Path
    # Taken from its environment: what it has no use for.
    without: Sequence[str] = ()
    pass_fds: tuple[int, ...] = ()
    # Called after a death and before the next start (to take back what the dead one held).
    before_restart: Callable[[], Any] | None = None
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)
    restart_at: float | None = None

    def start(self) -> None:
        """Start it; its output goes to its log. Raises ChildFault."""
        self.restart_at = None
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".1.log"))
        try:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    list(self.command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={name: value for name, value in os.environ.items() if name not in self.without},
                    start_new_session=True,
                    pass_fds=self.pass_fds,
                    preexec_fn=die_with_parent(os.getpid()),  # safe: we have one thread
                )
        except OSError as error:
            raise ChildFault(f"{self.title} cannot be started: {error}") from error

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process is not None else None

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def how_it_ended(self) -> str:
        assert self.process is not None
        code = self.process.returncode
        if code is not None and code < 0:
            with contextlib.suppress(ValueError):
                return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def last_line(self) -> str:
        """The last line of its log that says something."""
        with contextlib.suppress(OSError), self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 4_000))
            lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
            return lines[-1][:300] if lines else ""
        return ""

    def plan_restart(self, now: float) -> None:
        """After a death: when to start it again. Raises ChildFault when it keeps dying."""
        self.deaths = [when for when in self.deaths if now - when < WINDOW_S] + [now]
        if len(self.deaths) >= MOST_DEATHS:
            raise ChildFault(
                f"{self.title} {self.how_it_ended()} {len(self.deaths)} times within a minute; "
                f"see {self.log}: {self.last_line()}"
            )
        self.restart_at = now + min(8.0, 0.1 * 3 ** (len(self.deaths) - 1))

    def signal(self, number: signal.Signals) -> None:
        if self.alive():
            assert self.process is not None
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def kill(self) -> None:
        """End it and its whole session."""
        # Once reaped, its number may be another's.
        if self.process is None or not self.alive():
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)


def stop_together(
    children: Sequence[Child], patience: float = STOP_S, hurry: Callable[[], bool] = lambda: False
) -> None:
    """SIGTERM to all, SIGKILL to those still there after `patience` seconds (or as soon as `hurry` says so)."""
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(child.alive() for child in children) and time.monotonic() < deadline and not hurry():
        time.sleep(0.02)
    for child in children:
        child.kill()
