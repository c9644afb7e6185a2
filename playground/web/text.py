"""One line of text as people type it, made safe to store and show."""

from __future__ import annotations


def one_line(text: str, limit: int = 200) -> str:
    """`text` without control characters (a zero byte cannot be stored), runs of space made one, cut to `limit`."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:limit]
