from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Print a new one-time sign-in link for the Blockyard that runs on this data folder."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", help="whom to sign in; the owner of a local installation by default")

    def handle(self, *args: Any, username: str | None = None, **options: Any) -> None:
        from playground.accounts.models import User
        from playground.accounts.services import one_time_link

        user = None
        if username is not None:
            user = User.objects.filter(username=username, is_active=True).first()
            if user is None:
                raise CommandError(f"There is no active account called {username!r}.")
        elif settings.BLOCKYARD_MODE == "server":
            raise CommandError("Name the account to sign in: manage.py signin USERNAME.")
        if settings.BLOCKYARD_MODE == "server":
            self.stdout.write(one_time_link(f"https://{settings.ALLOWED_HOSTS[0]}", user))
            return
        try:
            url = json.loads((Path(settings.BLOCKYARD_DATA) / "up.json").read_text())["url"]
        except FileNotFoundError:
            raise CommandError(
                "Nothing runs on this data folder; start it with `make run` or `manage.py up`."
            ) from None
        self.stdout.write(one_time_link(url, user))
