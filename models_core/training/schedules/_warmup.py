"""Warm-up, an option of every schedule."""

from __future__ import annotations


def warmup(step: int, steps: int) -> float | None:
    """The factor in step `step` (from 0) of a linear warm-up over `steps`, None when it is over."""
    return (step + 1) / (steps + 1) if step < steps else None


def progress(step: int, total: int, warmup_steps: int) -> float:
    """How far the part after the warm-up is, from 0 to 1 in the last step."""
    span = max(1, total - warmup_steps - 1)
    return min(1.0, max(0.0, (step - warmup_steps) / span))
