"""Whether a process of this machine does its work: for health checks of containers, by exit status."""

from __future__ import annotations

import socket
from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError, CommandParser

from playground.ops import ready, workers


class Command(BaseCommand):
    help = "Exit with 0 when this machine's worker was heard of lately; without a queue, when all parts are ready."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", nargs="?", choices=("runs", "io"))

    def handle(self, *, queue: str | None, **_: Any) -> None:
        if queue is None:
            faults = [f"{name}: {word}" for name, word in ready.look().items() if word != "ok"]
            if faults:
                raise CommandError("; ".join(faults))
            return
        try:
            found = workers.alive()
        except redis.RedisError as error:
            raise CommandError(f"Redis does not answer: {error}") from error
        here = f"{socket.gethostname()}:"
        if not any(queue in worker.queues and worker.name.startswith(here) for worker in found):
            raise CommandError(f"No worker of this machine takes {queue}.")
