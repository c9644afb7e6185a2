"""The bars of speed and memory: `make bench`, or `python -m bench NAME...` for some of them.

Each module here has `run() -> list[Row]`. Where a bar is a ratio, both sides are measured in the same run.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, its value as shown, the bar it is held against, and whether it is met."""

    what: str
    value: str
    bar: str
    met: bool


def at_most(what: str, value: float, bar: float, unit: str) -> Row:
    """A figure that should not exceed its bar."""
    return Row(what, f"{value:.3g} {unit}", f"<= {bar:g} {unit}", value <= bar)


def at_least(what: str, value: float, bar: float, unit: str) -> Row:
    """A figure that should reach its bar."""
    return Row(what, f"{value:.3g} {unit}", f">= {bar:g} {unit}", value >= bar)
