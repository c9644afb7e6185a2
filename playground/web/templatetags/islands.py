"""`{% island "editor" %}`: the scripts and styles of one built part of the browser code."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

MANIFEST = Path("static/dist/.vite/manifest.json")


class NotBuilt(RuntimeError):
    """The browser code has not been built, or has no such entry; the message says how to build it."""


def manifest_path() -> Path:
    return Path(settings.BASE_DIR) / MANIFEST


@lru_cache(maxsize=4)
def _read(path: Path, modified: float) -> dict[str, Any]:
    return json.loads(path.read_text())


def manifest() -> dict[str, Any]:
    """Vite's manifest, read again when a new build has written it."""
    path = manifest_path()
    try:
        return _read(path, path.stat().st_mtime)
    except FileNotFoundError:
        raise NotBuilt(f"The browser code has not been built: {MANIFEST} is missing. Run `make run`.") from None


def assets(name: str) -> tuple[str, list[str], list[str]]:
    """The entry's script, its style sheets, and the chunks it imports, as paths below static/dist."""
    chunks = manifest()
    entry = next((key for key in chunks if key.endswith(f"src/{name}/main.tsx")), None)
    if entry is None:
        raise NotBuilt(f"The browser code was built without src/{name}/main.tsx. Run `make run` to build it again.")
    styles: list[str] = []
    imports: list[str] = []
    seen: set[str] = set()

    def walk(key: str) -> None:
        if key in seen:
            return
        seen.add(key)
        chunk = chunks[key]
        for imported in chunk.get("imports", []):
            walk(imported)
        styles.extend(style for style in chunk.get("css", []) if style not in styles)
        if key != entry:
            imports.append(chunk["file"])

    walk(entry)
    return chunks[entry]["file"], styles, imports


@register.simple_tag
def island(name: str) -> SafeString:
    """Script and style elements of the entry `static/src/<name>/main.tsx`."""
    script, styles, imports = assets(name)

    def url(file: str) -> str:
        return static(f"dist/{file}")

    links = format_html_join("\n", '<link rel="stylesheet" href="{}">', ((url(style),) for style in styles))
    preloads = format_html_join("\n", '<link rel="modulepreload" href="{}">', ((url(file),) for file in imports))
    return format_html('{}\n{}\n<script type="module" src="{}"></script>', links, preloads, url(script))
