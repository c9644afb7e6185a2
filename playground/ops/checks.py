"""Django's system checks of our own: what `manage.py check` and `check --deploy` say, each with its remedy."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from playground.settings import env

# Read by scripts, by the engine, or later in a process's life, and so not yet asked for when checks run.
LATER = frozenset(
    """BLOCKYARD_PORT BLOCKYARD_WEB_THREADS BLOCKYARD_MAX_UPLOAD BLOCKYARD_MAX_IMPORT BLOCKYARD_TORCH_INDEX
    BLOCKYARD_CHROMIUM BLOCKYARD_REQUIRE_BROWSER BLOCKYARD_CACHE BLOCKYARD_OFFLINE BLOCKYARD_DEBUG
    BLOCKYARD_SSL_REDIRECT BLOCKYARD_SECRET_KEY BLOCKYARD_HOSTS BLOCKYARD_DATABASE_URL""".split()
)
# The engine's bounds and the tests' choices, named by whoever has them.
FAMILIES = ("BLOCKYARD_LIMIT_", "BLOCKYARD_SERVING_", "BLOCKYARD_SAMPLE_", "BLOCKYARD_TEST_")


@register(Tags.security)
def unknown_settings(**_: Any) -> Sequence[CheckMessage]:
    """A variable of ours that nothing reads is misspelt."""
    known = env.asked | LATER
    found: list[CheckMessage] = []
    for given in sorted(name for name in os.environ if name.startswith("BLOCKYARD_")):
        if given in known or given.removesuffix("_FILE") in known or given.startswith(FAMILIES):
            continue
        near = difflib.get_close_matches(given, known, 1)
        hint = f"Did you mean {near[0]}?" if near else "docs/settings.md names all settings."
        found.append(Warning(f"{given} is set, but there is no such setting.", hint=hint, id="blockyard.W001"))
    return found


@register(Tags.files)
def data_folder(**_: Any) -> Sequence[CheckMessage]:
    """The data folder can be written, or made."""
    folder = Path(settings.BLOCKYARD_DATA)
    place = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return []
    hint = f"Give it to the user of this process (uid {os.getuid()}), or set BLOCKYARD_DATA to another folder."
    return [Error(f"The data folder {folder} cannot be written.", hint=hint, id="blockyard.E001")]


@register(Tags.security, deploy=True)
def deployment(**_: Any) -> Sequence[CheckMessage]:
    """What is fine on one's own machine and not for a group."""
    from playground.web.templatetags.islands import manifest_path

    found: list[CheckMessage] = []
    if settings.BLOCKYARD_MODE != "server":
        hint = "Set BLOCKYARD_MODE=server and what it then asks for; docs/server.md has it step by step."
        found.append(Warning("These are the settings of one person's machine.", hint=hint, id="blockyard.W002"))
    if not manifest_path().is_file():
        hint = "Build it with: python3 scripts/prepare.py"
        found.append(Error("The browser code is not built, so no page works.", hint=hint, id="blockyard.E002"))
    return found
