"""Dims of a tensor by number: 0 is the batch, which no block may touch."""

from __future__ import annotations


def check_not_batch(dim: int) -> int:
    """The dim itself; raises ValueError if it is the batch."""
    if dim == 0:
        raise ValueError("dim 0 is the batch, whose samples stay apart; use 1 or more, or a negative dim from the end")
    return dim
