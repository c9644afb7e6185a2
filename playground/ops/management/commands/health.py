"""Whether a process of this machine does its work: for health checks of containers, by exit status."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser

from playground.ops import ready, workers
from playground.settings import env


class Command(BaseCommand):
    help = (
        "Exit with 0 when this machine's web server, or worker of a queue, serves; without either, when all is ready."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="?", choices=("web", "runs", "io"))

    def handle(self, *, what: str | None, **_: Any) -> None:
        if what == "web":
            _web()
        elif what is None:
            faults = [f"{name}: {word}" for name, word in ready.look().items() if word != "ok"]
            if faults:
                raise CommandError("; ".join(faults))
        else:
            _worker(what)


def _web() -> None:
    port = env.integer("BLOCKYARD_PORT", 8000, least=0, most=65535)
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=15).close()
    except urllib.error.HTTPError as error:
        raise CommandError(error.read().decode()) from error
    except OSError as error:
        raise CommandError(f"The web server does not answer on port {port}: {error}") from error


def _worker(queue: str) -> None:
    try:
        found = workers.alive()
    except redis.RedisError as error:
        raise CommandError(f"Redis does not answer: {error}") from error
    here = f"{socket.gethostname()}:"
    if not any(queue in worker.queues and worker.name.startswith(here) for worker in found):
        raise CommandError(f"No worker of this machine takes {queue}.")
