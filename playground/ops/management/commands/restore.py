"""Bring a backup back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from playground.ops import backup


class Command(BaseCommand):
    help = "Bring a backup back into an empty data folder and database; nothing may run on them."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that `backup` has written")
        parser.add_argument("--check", action="store_true", help="only look whether it is whole and can be read here")

    def handle(self, *, folder: Path, check: bool, **_: Any) -> None:
        try:
            manifest = backup.check(folder) if check else backup.restore(folder.absolute())
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The backup of {manifest['made']} is {'whole' if check else 'restored'}.")
