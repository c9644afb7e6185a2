"""Words and figures of cards, as templates write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template

register = template.Library()


@register.filter
def item(values: Mapping[str, Any], key: str) -> Any:
    """The value of a key that is itself a variable."""
    return values[key]


@register.filter
def spaced(name: str) -> str:
    """`state_space` as words."""
    return name.replace("_", " ")


@register.filter
def kinds(names: list[str]) -> str:
    """How many entries of each kind there are: "2 blocks, 1 design"."""
    counts = Counter(name.partition("/")[0] for name in names)
    return ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items())


@register.filter
def moment(text: str) -> datetime:
    """A date and time as results have it."""
    return datetime.fromisoformat(text)


@register.filter
def took(seconds: float) -> str:
    """A duration in the unit it is told in."""
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


@register.filter
def short(value: float) -> str:
    """A count with three digits: 25.6 M."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:,.0f}"
