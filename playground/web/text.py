"""One line of text as people type it, made safe to store and show."""

from __future__ import annotations

from typing import Any


def one_line(text: str, limit: int = 200) -> str:
    """`text` without control characters (a zero byte cannot be stored), runs of space made one, cut to `limit`."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:limit]


def has_zero_byte(value: Any) -> bool:
    """Whether any text inside a JSON value has a zero byte, which PostgreSQL does not store."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or has_zero_byte(item) for key, item in value.items())
    if isinstance(value, list):
        return any(has_zero_byte(item) for item in value)
    return False
