"""One process of a server: `manage.py serve web|runs|io`. What `up` does for one machine, a container does for each.

The web server listens on a port behind a proxy; a worker becomes Celery's worker. Neither starts the other, nothing is
watched over: whoever runs containers or services does that.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from playground.settings.places import make_private, redis_folder
from playground.up.children import die_with_parent
from playground.up.main import FORKSERVER, WORKER_OPTIONS

IO_SLOTS = 2


def web(host: str, port: int) -> None:
    """Answer on host and port until SIGTERM."""
    from playground.up.web import Server, run

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        raise CommandError(f"Port {port} of {host} cannot be used: {error.strerror}.") from error
    with _fork_server():
        print(f"serving on {host}:{listening.getsockname()[1]}", flush=True)
        run(Server(listening, proxies=settings.BLOCKYARD_PROXIES))


def worker(queue: str, slots: int | None) -> None:
    """Become the worker of this queue, with as many slots as told, or as there are devices."""
    from playground.runs.worker import slot_count

    if slots is not None:
        os.environ["BLOCKYARD_RUN_SLOTS"] = str(slots)
    count = slots or (slot_count() if queue == "runs" else IO_SLOTS)
    # Two workers of one machine must not have one name; the process keeps its number when it becomes Celery's.
    name = f"{queue}-{os.getpid()}@%h"
    command = [sys.executable, "-m", "celery", "-A", "playground.celery", "worker", "-Q", queue, "-n", name]
    if queue == "runs":
        _start_fork_server()
    os.execv(command[0], [*command, "-c", str(count), *WORKER_OPTIONS])  # noqa: S606 - no shell is wanted


def _start_fork_server() -> subprocess.Popen[bytes] | None:
    """What engines are forked from, with PyTorch loaded; it dies with us. Without it each starts afresh."""
    if sys.platform != "linux" or FORKSERVER in os.environ:
        return None
    from playground.runs.engine import SECRETS

    folder = redis_folder(Path(settings.BLOCKYARD_DATA))
    make_private(folder)
    path = folder / f"engine-{os.getpid()}.sock"
    server = subprocess.Popen(
        [sys.executable, "-m", "models_core", "forkserver", str(path)],
        stdin=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name not in SECRETS},
        start_new_session=True,
        preexec_fn=die_with_parent(os.getpid()),  # safe: we have one thread
    )
    os.environ[FORKSERVER] = settings.BLOCKYARD_FORKSERVER = str(path)
    return server


@contextlib.contextmanager
def _fork_server():  # type: ignore[no-untyped-def]
    server = _start_fork_server()
    try:
        yield
    finally:
        if server is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()
            Path(settings.BLOCKYARD_FORKSERVER).unlink(missing_ok=True)
