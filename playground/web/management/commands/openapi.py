from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Print the OpenAPI document of /api/; the browser's types are generated from it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, help="write to this file instead of standard output")

    def handle(self, *args: Any, out: Path | None = None, **options: Any) -> None:
        from playground.api import api

        text = json.dumps(api.get_openapi_schema(path_prefix="/api/"), indent=1, sort_keys=True) + "\n"
        if out is None:
            self.stdout.write(text, ending="")
        else:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(text)
