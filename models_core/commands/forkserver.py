"""`forkserver`: stays with PyTorch loaded and forks a process for each command, which then begins at once.

Small until it is first asked: nothing is imported here that would load PyTorch.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models_core.cli import BAD_INPUT, main

# What takes a training's first seconds: PyTorch, its exporter to ONNX, the built-in data. Not onnxruntime, which is
# imported quickly and begins a thread.
PRELOAD = ("models_core.commands.train", "torch._dynamo", "torch.export", "onnxscript", "sklearn.datasets")
READY = b"ready\n"
HEADER = struct.Struct("!I")
MAX_REQUEST = 2**22
# Whoever connects is our own user and sends at once; one who does not keeps the others waiting.
PATIENCE_S = 2.0
STREAMS = 3

Request = dict[str, Any]


def run(arguments: argparse.Namespace) -> int:
    """Serve until ended. A forked process comes back from here as well, with the status of its command.

    A connection gets `ready` once everything is loaded. It then sends the length (4 bytes, big-endian) of a JSON
    document `{"args", "env", "cwd"}`, with the descriptors of stdin, stdout, stderr, and the document; it is answered
    by the process' number and, when that has ended, by its exit code, each on a line (-9: ended by SIGKILL).
    """
    if not hasattr(os, "pidfd_open"):
        print("error: forkserver needs Linux; elsewhere commands are started without it", file=sys.stderr)
        return BAD_INPUT
    path = Path(arguments.socket)
    # Threads that importing starts would be missing in what is forked.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    request = _Server(path).serve(arguments.idle)
    if request is None:
        # Begun anew it is small again.
        os.execv(sys.executable, [sys.executable, "-m", "models_core", *sys.argv[1:]])  # noqa: S606
    _become(request)
    return main(request["args"])


class _Server:
    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        path.chmod(0o600)
        self.listening.listen(64)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listening, selectors.EVENT_READ, self._connected)
        self.loaded = False
        self.warm = False
        self.threads = 0
        self.living: dict[int, socket.socket] = {}

    def serve(self, idle: float) -> Request | None:
        """A request, in the process that was forked for it; None, in this one, after `idle` seconds without any."""
        while True:
            ready = self.selector.select(None if self.living or not self.loaded else idle)
            if not ready:
                return None
            for key, _ in ready:
                request = key.data(key.fileobj)
                if request is not None:
                    self._leave()
                    return request
            if self.loaded and not self.warm:
                # Whoever asked first has been served; what is forked from now on has this as well.
                self.warm = True
                self._settle(_export_once)

    def _connected(self, listening: socket.socket) -> Request | None:
        connection, _ = listening.accept()
        if not self._load():
            connection.close()
            return None
        connection.settimeout(PATIENCE_S)
        try:
            connection.sendall(READY)
            request, streams = _receive(connection)
        except (OSError, ValueError):
            connection.close()
            return None
        pid = os.fork()
        if pid == 0:
            # Before it is known: whoever knows it may end its whole session.
            os.setsid()
            _tell(connection, os.getpid())
            connection.close()
            return {**request, "streams": streams}
        for stream in streams:
            os.close(stream)
        ended = os.pidfd_open(pid)
        self.living[pid] = connection
        self.selector.register(ended, selectors.EVENT_READ, lambda _: self._ended(ended, pid))
        return None

    def _ended(self, ended: int, pid: int) -> None:
        self.selector.unregister(ended)
        os.close(ended)
        how = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        # What it leaves running would hold its streams open. Not yet reaped, its number cannot have become another's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        connection = self.living[pid]
        assert how is not None
        _tell(connection, how.si_status if how.si_code == os.CLD_EXITED else -how.si_status)
        # Until whoever asked has read that, the number stays taken: it may be about to signal it.
        self.selector.register(connection, selectors.EVENT_READ, lambda _: self._heard(connection, pid))

    def _heard(self, connection: socket.socket, pid: int) -> None:
        self.selector.unregister(connection)
        connection.close()
        os.waitpid(pid, 0)
        del self.living[pid]

    def _load(self) -> bool:
        """Import everything once; False where that began threads, which a forked process would wait for in vain."""
        if not self.loaded:
            self.loaded = True
            self._settle(lambda: [importlib.import_module(name) for name in PRELOAD])
        return self.threads == 1

    def _settle(self, prepare: Callable[[], Any]) -> None:
        prepare()
        # Objects that are never looked at again stay on pages shared with all that are forked.
        gc.collect()
        gc.freeze()
        self.threads = len(os.listdir("/proc/self/task"))
        if self.threads > 1:
            print(f"error: {self.threads - 1} threads began in the server; nothing is forked", file=sys.stderr)

    def _leave(self) -> None:
        """In a forked process: let go of what is the server's."""
        self.selector.close()
        self.listening.close()
        for connection in self.living.values():
            connection.close()


def _export_once() -> None:
    """The first export of a process sets up the exporter's tables, which takes longer than an export."""
    import torch

    from models_core.export.onnx import ExportError, lowered

    with contextlib.suppress(ExportError):
        lowered(torch.nn.Linear(1, 1).eval(), [torch.zeros(2, 1)])


def _receive(connection: socket.socket) -> tuple[Request, list[int]]:
    header, streams, _, _ = socket.recv_fds(connection, HEADER.size, STREAMS)
    try:
        (size,) = HEADER.unpack(header)
        if len(streams) != STREAMS or size > MAX_REQUEST:
            raise ValueError("not a request")
        body = bytearray()
        while len(body) < size:
            part = connection.recv(size - len(body))
            if not part:
                raise ValueError("cut off")
            body += part
        return json.loads(body), streams
    except BaseException:
        for stream in streams:
            os.close(stream)
        raise


def _tell(connection: socket.socket, number: int) -> None:
    """One who no longer listens is not waited for; its end is seen when it is read from."""
    with contextlib.suppress(OSError):
        connection.sendall(b"%d\n" % number)


def _become(request: Request) -> None:
    """Make this process what a fresh one started for the request would be."""
    for number, stream in enumerate(request["streams"]):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
