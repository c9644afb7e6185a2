from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    help = "Fill a new installation with example designs, one finished run and one demo; does nothing a second time."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        # Asked before the engine is imported, so that every later start is quick.
        if (Path(settings.BLOCKYARD_DATA) / "seeded").exists():
            return
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        from playground.web.seeding import seed

        self.stdout.write("Examples:")
        seed(lambda line: self.stdout.write(f"  {line}", ending="\n"))
