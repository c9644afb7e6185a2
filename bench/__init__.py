"""The bars of speed and memory: `make bench`, or `python -m bench NAME...` for some of them.

Each module here has `run() -> list[Row]`. Where a bar is a ratio, both sides are measured in the same run.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, its value as shown, the bar it is held against, and whether it is met.

    `met` is None where there is no bar, or where it could not be measured; `bar` says what to compare it with, or why.
    """

    what: str
    value: str
    bar: str
    met: bool | None


def at_most(what: str, value: float, bar: float, unit: str) -> Row:
    """A figure that should not exceed its bar."""
    return Row(what, f"{value:.3g} {unit}", f"<= {bar:g} {unit}", value <= bar)


def at_least(what: str, value: float, bar: float, unit: str) -> Row:
    """A figure that should reach its bar."""
    return Row(what, f"{value:.3g} {unit}", f">= {bar:g} {unit}", value >= bar)
