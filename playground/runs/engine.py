"""The engine as a process: started in a session of its own, read without ever blocking it, stopped by commands.

Used for training and for every other job (`estimate`, `export`, checks of uploads, ...). Nothing here imports torch.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from playground.settings.places import BASE_DIR

from .forked import Forked
from .wire import Event, parse

logger = logging.getLogger(__name__)

DONE, FAULT, BAD_INPUT, STOPPED = 0, 1, 2, 3
# An engine whose stdin is closed has five seconds for a last checkpoint; then it ends itself.
GRACE_S = 8.0
TAIL_LINES = 40
MAX_LINE = 8 * 2**20
MAX_DOCUMENT_LINES = 20_000
# A run whose process takes longer to start would miss its heartbeats (given up after four).
BEATS_TO_FORK = 1.6
# The engine makes the machine slow before it makes the pages slow.
NICENESS = 5
# Of two processes, the system takes the engine before the database or the web server.
OOM_SCORE = 600
SECRETS = (
    "BLOCKYARD_SECRET_KEY",
    "BLOCKYARD_DATABASE_URL",
    "BLOCKYARD_REDIS_URL",
    "BLOCKYARD_BROKER_URL",
    "BLOCKYARD_METRICS_TOKEN",
)


@dataclass
class Outcome:
    """How an engine process ended."""

    code: int
    seconds: float
    tail: list[str] = field(default_factory=list)
    errors: list[Event] = field(default_factory=list)
    document: Any = None
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        return self.code == DONE

    @property
    def error(self) -> dict[str, str]:
        """Why it failed, in words, and what to do: from its own error event, else from its exit code."""
        return explain(self)


def command(args: Sequence[str]) -> list[str]:
    """The engine's command line."""
    return [*(settings.BLOCKYARD_ENGINE or [sys.executable, "-m", "models_core"]), *args]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of an engine: ours without the secrets it has no use for."""
    env = {key: value for key, value in os.environ.items() if key not in SECRETS}
    env["BLOCKYARD_DATA"] = str(settings.BLOCKYARD_DATA)
    env["BLOCKYARD_MAX_MEMORY"] = str(settings.BLOCKYARD_MAX_MEMORY)
    env["PYTHONUNBUFFERED"] = "1"
    return {**env, **(extra or {})}


def _process(args: Sequence[str], env: dict[str, str]) -> subprocess.Popen[bytes] | Forked:
    """The process of a command, in a session of its own: forked where a fork server answers, else a fresh one."""
    if settings.BLOCKYARD_FORKSERVER and not settings.BLOCKYARD_ENGINE:
        try:
            patience = settings.BLOCKYARD_BEAT_SECONDS * BEATS_TO_FORK
            return Forked(settings.BLOCKYARD_FORKSERVER, args, env, BASE_DIR, patience=patience)
        except (OSError, ValueError) as error:
            logger.info("%s starts as a fresh process, without the fork server: %s", args[0], error)
    return subprocess.Popen(
        command(args),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=BASE_DIR,
        env=env,
        # Ctrl-C in a terminal and the end of a worker's session reach it as commands, not as signals.
        start_new_session=True,
    )


class Engine:
    """One engine process. Events are read by a thread of their own into `events`; `None` in it is the end of output."""

    def __init__(
        self, args: Sequence[str], *, env: Mapping[str, str] | None = None, memory_limit: int | None = None
    ) -> None:
        self.events: queue.Queue[Event | None] = queue.Queue(maxsize=20_000)
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        # What is no event: the document of a command that prints one, on one line or on many.
        self.lines: deque[bytes] = deque(maxlen=MAX_DOCUMENT_LINES)
        self.started = time.monotonic()
        self._abandoned = threading.Event()
        self._stdin_lock = threading.Lock()
        self.process = _process(args, environment(env))
        _limit(self.process.pid, memory_limit)
        self._readers = [
            threading.Thread(target=self._drain, args=(self.process.stdout,), name="engine-events", daemon=True),
            threading.Thread(target=self._listen, args=(self.process.stderr,), name="engine-stderr", daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        threading.Thread(target=self._bury, name="engine-end", daemon=True).start()

    def _bury(self) -> None:
        """End what the engine leaves running when it ends: it would hold our pipes open. A fork server does it too."""
        with contextlib.suppress(ChildProcessError):
            # Not yet reaped, its number cannot have become another's.
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _drain(self, stream: IO[bytes]) -> None:
        try:
            while line := stream.readline(MAX_LINE):
                event = parse(line)
                if event is not None:
                    self._put(event)
                elif line.strip():
                    self.lines.append(line)
        except (OSError, ValueError):
            pass
        finally:
            self._put(None)

    def _put(self, event: Event | None) -> None:
        """Queue an event; a full queue holds the engine back rather than filling our memory."""
        while not self._abandoned.is_set():
            with contextlib.suppress(queue.Full):
                self.events.put(event, timeout=0.5)
                return

    def _listen(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := stream.readline(MAX_LINE):
                text = line.decode("utf-8", "replace").rstrip()
                if text:
                    self.tail.append(text[:2_000])

    def send(self, message: Mapping[str, Any]) -> bool:
        """Give the engine a command; False when it no longer listens."""
        with self._stdin_lock:
            try:
                assert self.process.stdin is not None
                self.process.stdin.write(json.dumps(message).encode() + b"\n")
                self.process.stdin.flush()
            except (OSError, ValueError):
                return False
            return True

    def stop(self) -> None:
        """Ask for a checkpoint and the end."""
        self.send({"cmd": "stop"})

    def cut(self) -> None:
        """Close the life line: the engine ends by itself within its grace."""
        with self._stdin_lock, contextlib.suppress(OSError, ValueError):
            assert self.process.stdin is not None
            self.process.stdin.close()

    def kill(self) -> None:
        """End the engine and everything it started, at once."""
        self._abandoned.set()
        if self.process.poll() is None:  # once reaped, its number may be another's
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._close()

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code, or None when it is still running after `timeout` seconds."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def outcome(self) -> Outcome:
        """How the ended engine ended."""
        code = self.process.wait()
        for reader in self._readers:
            reader.join(timeout=2)
        self._close()
        document = None
        for text in _documents(list(self.lines)):
            with contextlib.suppress(ValueError):
                document = json.loads(text)
                break
        return Outcome(code, time.monotonic() - self.started, list(self.tail), document=document)

    def _close(self) -> None:
        self._abandoned.set()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError, ValueError):
                if stream is not None and stream is not self.process.stdout:
                    stream.close()


def _documents(lines: list[bytes]) -> list[bytes]:
    """Where a command's document may be: its last line, or everything from the last line that only opens a brace."""
    opened = [at for at, line in enumerate(lines) if line.rstrip() == b"{"]
    return [*lines[-1:], *([b"".join(lines[opened[-1] :])] if opened else [])]


def _limit(pid: int, memory_limit: int | None) -> None:
    """Set limits from outside, just after the start: code between fork and exec may deadlock with threads."""
    if memory_limit is not None and hasattr(resource, "prlimit"):
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (memory_limit, memory_limit))
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(OOM_SCORE))
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


def run_command(
    args: Sequence[str],
    on_event: Callable[[Event], None] | None = None,
    *,
    timeout: float | None = None,
    should_stop: Callable[[], bool] | None = None,
    env: Mapping[str, str] | None = None,
    memory_limit: int | None = None,
) -> Outcome:
    """Run one engine command to its end; its events go to `on_event`, other JSON it prints is `outcome.document`.

    Past `timeout` seconds, or when `should_stop` says so, it is asked to stop, then killed. An exception from
    `on_event` kills it and passes through.
    """
    limit = settings.BLOCKYARD_MAX_MEMORY if memory_limit is None else memory_limit
    engine = Engine(args, env=env, memory_limit=limit)
    errors: list[Event] = []
    deadline = None if timeout is None else engine.started + timeout
    killing_at: float | None = None
    timed_out = False
    try:
        while True:
            try:
                event = engine.events.get(timeout=0.2)
                if event is None:
                    break
                if event["type"] == "error":
                    errors.append(event)
                if on_event is not None:
                    on_event(event)
            except queue.Empty:
                pass
            now = time.monotonic()
            if killing_at is None:
                timed_out = deadline is not None and now > deadline
                if timed_out or (should_stop is not None and should_stop()):
                    engine.stop()
                    engine.cut()
                    killing_at = now + GRACE_S
            elif now > killing_at:
                engine.kill()
                break
        if engine.wait(GRACE_S) is None:
            engine.kill()
    except BaseException:
        engine.kill()
        raise
    outcome = engine.outcome()
    outcome.errors = errors
    outcome.timed_out = timed_out
    return outcome


MEMORY_WORDS = ("allocate memory", "out of memory", "memoryerror", "cannot allocate", "bad_alloc", "enomem")


def explain(outcome: Outcome) -> dict[str, str]:
    """The reason of an end that was not wanted, as `{"message", "remedy"}`."""
    limit = f"{settings.BLOCKYARD_MAX_MEMORY / 2**30:.1f} GiB"
    less = "Make the batch, the input or the design smaller, or raise BLOCKYARD_MAX_MEMORY."
    said = outcome.errors[-1] if outcome.errors else None
    last = outcome.tail[-1].removeprefix("error: ") if outcome.tail else ""
    if outcome.timed_out:
        return {
            "message": f"It took longer than {outcome.seconds:.0f} s and was stopped.",
            "remedy": "Try less at once.",
        }
    text = f"{said.get('message', '') if said else ''} {' '.join(outcome.tail[-5:])}".lower()
    if outcome.code != BAD_INPUT and any(word in text for word in MEMORY_WORDS):
        return {"message": f"The run needed more memory than the limit of {limit}.", "remedy": less}
    if said is not None and said.get("message"):
        return {"message": str(said["message"]), "remedy": str(said.get("remedy") or "")}
    if outcome.code == -signal.SIGKILL:
        return {"message": "The system ended the engine (SIGKILL), most often because memory ran out.", "remedy": less}
    if outcome.code < 0:
        with contextlib.suppress(ValueError):
            name = signal.Signals(-outcome.code).name
            return {
                "message": f"The engine ended by a crash in native code ({name}). {last}".strip(),
                "remedy": "Resume to go on from the last checkpoint; if it comes again, try another device or block.",
            }
    if outcome.code == BAD_INPUT:
        return {"message": last or "The engine refused its input.", "remedy": "Change what it names, then start again."}
    return {
        "message": last or f"The engine ended with exit code {outcome.code}.",
        "remedy": "This is a fault of ours. Try it again; a run goes on from its last checkpoint.",
    }
