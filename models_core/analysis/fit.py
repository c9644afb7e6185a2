"""How far a variable may go within a budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models_core.design import Design

from .report import analyze


def fit(
    design: Design,
    variable: str,
    macs: float,
    *,
    low: float,
    high: float,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    steps: int = 12,
    **variables: Any,
) -> float:
    """The largest value between `low` and `high` of a variable at which the design needs at most `macs` multiply-adds.

    `variables` are the other variables' values; the cost must not fall as the variable grows. Raises ValueError where
    the smallest value already costs more.
    """

    def cost(value: float) -> float:
        return float(analyze(design, facts=facts, variables={**variables, variable: value}).total["macs"])

    least = cost(low)
    if least > macs:
        raise ValueError(f"{variable} {low:g} already needs {least:,.0f} multiply-adds; the budget is {macs:,.0f}")
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (middle, high) if cost(middle) <= macs else (low, middle)
    return low
