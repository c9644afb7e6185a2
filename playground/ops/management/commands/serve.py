"""Start one process of a server: the web server, or a worker of a queue."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from playground.ops import serve
from playground.settings import env


class Command(BaseCommand):
    help = "Start one process of a server: web, runs (trains) or io (checks uploads). It stays in the foreground."
    # They load the engine, which no worker may have; `manage.py check --deploy` is for before.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("web", "runs", "io"))
        parser.add_argument("--host", default="127.0.0.1", help="where the web server listens (127.0.0.1)")
        port = env.integer("BLOCKYARD_PORT", 8000, least=0, most=65535)
        parser.add_argument("--port", type=int, default=port, help=f"its port; 0 takes a free one ({port})")
        parser.add_argument("--slots", type=int, help="how many jobs a worker does at once (one for each device)")

    def handle(self, *, what: str, host: str, port: int, slots: int | None, **_: Any) -> None:
        if what == "web":
            serve.web(host, port)
        else:
            serve.worker(what, slots)
