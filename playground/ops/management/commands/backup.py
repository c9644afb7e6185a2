"""Write a backup while the site runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from playground.ops import backup


class Command(BaseCommand):
    help = "Write database and files to a new folder, while the site runs; `restore` brings them back."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet, on another disk if you can")

    def handle(self, *, folder: Path, **_: Any) -> None:
        try:
            manifest = backup.make(folder.absolute())
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        files = manifest["files"].values()
        size = sum(facts["size"] for facts in files)
        self.stdout.write(f"{folder} has {len(files):,} files, {size / 2**20:,.1f} MiB.")
