"""Tokens that are the cells of a grid, row by row."""

from __future__ import annotations

import math


def grid_of(length: int, rows: int | None) -> tuple[int, int]:
    """Rows and columns of a grid of `length` cells, square if no rows are given; raises ValueError if there is none."""
    high = rows or math.isqrt(length)
    if length % high or (rows is None and high * high != length):
        what = f"{rows} rows" if rows else "a square"
        raise ValueError(f"{length} tokens are not {what}; give the rows of their grid, a divisor of {length}")
    return high, length // high
