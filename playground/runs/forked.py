"""An engine process from the fork server of `up`: it has PyTorch loaded already, so the command begins at once."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

READY = b"ready\n"


class Forked:
    """What `subprocess.Popen` is for a fresh process, as far as an Engine needs it.

    The first one waits until the server has loaded everything. Raises OSError where it does not answer on `path` within
    `patience` seconds; nothing has been started then.
    """

    def __init__(self, path: str, args: Sequence[str], env: Mapping[str, str], cwd: Path, *, patience: float) -> None:
        self.returncode: int | None = None
        self._ended = threading.Event()
        self._server = socket.socket(socket.AF_UNIX)
        theirs: list[int] = []
        ours: list[int] = []
        try:
            self._server.settimeout(patience)
            self._server.connect(path)
            self._lines = self._server.makefile("rb", buffering=0)
            if self._lines.readline() != READY:
                raise ConnectionError("the fork server is ending")
            for reads in (True, False, False):
                pair = os.pipe()
                theirs.append(pair[0] if reads else pair[1])
                ours.append(pair[1] if reads else pair[0])
            body = json.dumps({"args": list(args), "env": dict(env), "cwd": str(cwd)}).encode()
            socket.send_fds(self._server, [struct.pack("!I", len(body))], theirs)
            self._server.sendall(body)
            number = self._lines.readline()
            if not number:
                raise ConnectionError("the fork server ended")
            self.pid = int(number)
        except BaseException:
            for end in ours:
                os.close(end)
            self._server.close()
            raise
        finally:
            for end in theirs:
                os.close(end)
        self._server.settimeout(None)
        self.stdin: IO[bytes] = os.fdopen(ours[0], "wb")
        self.stdout: IO[bytes] = os.fdopen(ours[1], "rb")
        self.stderr: IO[bytes] = os.fdopen(ours[2], "rb")
        threading.Thread(target=self._wait, name="engine-status", daemon=True).start()

    def _wait(self) -> None:
        try:
            line = self._lines.readline()
        except OSError:
            line = b""
        if not line:
            # The server was killed. What it forked lives, with nobody to say how it will end.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self.returncode = int(line) if line else -signal.SIGKILL
        self._ended.set()
        self._lines.close()
        self._server.close()

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired("engine", timeout or 0)
        assert self.returncode is not None
        return self.returncode
