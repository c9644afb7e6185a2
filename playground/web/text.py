"""Text as people type it, made safe to store and show."""

from __future__ import annotations


def one_line(text: str, limit: int = 200) -> str:
    """`text` without control characters (a zero byte cannot be stored), runs of space made one, cut to `limit`."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:limit]


def plain_text(text: str, limit: int) -> str:
    """`text` with its lines and without other control characters, cut to `limit`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(char for char in lines if char.isprintable() or char == "\n").strip()[:limit]
