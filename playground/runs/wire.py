"""The one form in which events are stored and sent: plain JSON, no NaN, no text or list without an end."""

from __future__ import annotations

import json
import math
from typing import Any

Event = dict[str, Any]

MAX_TEXT = 8_000
MAX_DEPTH = 12
# Marks are left out of stored bodies' readers' way: a browser tells "not a number" from "not measured" by them.
MARK = "nonfinite"


def clean(event: Any) -> Event | None:
    """`event` as it may be stored; None for what is no event (it has no type).

    NaN and infinity become null, and `nonfinite` names where they were (inside `values` by the series' name alone).
    """
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return None
    marks: list[str] = []
    plain = _plain(event, "", marks, 0)
    if marks:
        known = plain.get(MARK) if isinstance(plain.get(MARK), list) else []
        plain[MARK] = [*known, *(mark for mark in marks if mark not in known)]
    return plain


def text(value: str, most: int = MAX_TEXT) -> str:
    """A text that can be stored and sent: PostgreSQL takes no zero byte, UTF-8 no lone surrogate."""
    plain = value.replace("\0", "").encode("utf-8", "replace").decode()
    return plain if len(plain) <= most else plain[:most] + " …"


def _plain(value: Any, path: str, marks: list[str], depth: int) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        marks.append(path.partition(".")[2] or path)
        return None
    if isinstance(value, str):
        return text(value)
    if depth >= MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {
            text(str(key), 200): _plain(item, f"{path}.{key}" if path else str(key), marks, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}.{index}", marks, depth + 1) for index, item in enumerate(value)]
    return text(str(value))


def parse(line: bytes) -> Event | None:
    """One line of an engine's output as an event; None for anything else (a library that prints)."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        return clean(json.loads(line))
    except (ValueError, RecursionError):
        return None


def dumps(value: Any) -> str:
    """JSON text; a NaN that was not cleaned away is a fault of ours and raises ValueError."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
