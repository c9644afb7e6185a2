"""The receptive field: how many pixels of the input one position of a feature map can see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models_core.compile import Bound, BoundNode


@dataclass(frozen=True)
class Field:
    """Size of the window seen, and the step between the windows of neighbours, in input positions per axis."""

    size: tuple[int, ...]
    jump: tuple[float, ...]


EVERYTHING = "all"


def receptive_fields(bound: Bound) -> dict[int, Field | str | None]:
    """By leaf: its field, `"all"` once positions have been mixed, None where the input has no positions."""
    known: dict[int, Field | str | None] = {}
    for index, given in enumerate(bound.inputs):
        axes = len(given.spec.shape) - 1 if given.spec and given.kind == "image" else 0
        known[-1 - index] = Field((1,) * axes, (1.0,) * axes) if axes else None
    for leaf in bound.nodes:
        known[leaf.index] = _of(leaf, [known.get(value.node) for value in leaf.fed])
    return known


def _of(leaf: BoundNode, before: list[Field | str | None]) -> Field | str | None:
    merged = _merge(before)
    if leaf.bypassed or leaf.figures is None or merged is None or merged == EVERYTHING:
        return merged
    if leaf.figures.mixes_positions:
        return EVERYTHING
    window = leaf.figures.window
    if window is None or not isinstance(merged, Field):
        return merged
    axes = len(merged.size)
    kernel, stride, dilation = (_axes(part, axes) for part in (window.kernel, window.stride, window.dilation))
    size = tuple(
        int(s + (k - 1) * d * j) for s, k, d, j in zip(merged.size, kernel, dilation, merged.jump, strict=True)
    )
    return Field(size, tuple(j * s for j, s in zip(merged.jump, stride, strict=True)))


def _axes(value: Any, axes: int) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, tuple | list) else (value,)
    return values if len(values) == axes else values[:1] * axes


def _merge(fields: list[Field | str | None]) -> Field | str | None:
    if EVERYTHING in fields:
        return EVERYTHING
    real = [field for field in fields if isinstance(field, Field)]
    if len(real) < 2:
        return real[0] if real else None
    size = tuple(max(axis) for axis in zip(*(field.size for field in real), strict=True))
    return Field(size, real[0].jump)
