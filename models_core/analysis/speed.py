"""Four rules by which networks are fast on a real machine beyond their multiply-adds, applied to a design."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from models_core.compile import Bound, BoundNode

Rule = Literal["equal widths", "few groups", "little fragmentation"]
MUCH = 1.2
"""Memory accesses over the fewest possible at equal multiply-adds, from which on widths are called unequal."""
MANY = 3
"""Branches side by side that are too many small steps where a few large ones would do."""


@dataclass(frozen=True)
class Finding:
    """A node that keeps a rule less well than it could: which rule, and in words why and what to do."""

    path: str
    rule: Rule
    message: str


@dataclass(frozen=True)
class Speed:
    """What a design loses by memory access and small steps.

    `elementwise_share` is the share of all bytes read and written that belongs to steps without multiply-adds between
    channels: activations, norms, sums, depthwise filters. The fewer the better: the fourth rule.
    """

    findings: tuple[Finding, ...]
    elementwise_share: float

    def to_json(self) -> dict[str, Any]:
        return {"findings": [vars(one) for one in self.findings], "elementwise_share": self.elementwise_share}


def speed(bound: Bound) -> Speed:
    """The rules of Ma et al., ShuffleNet V2, 2018, applied to every live node of a bound design."""
    findings = []
    moved = elementwise = 0
    for leaf in bound.leaves:
        if leaf.figures is None or not leaf.figures.operations:
            continue
        given = sum(math.prod(spec.shape) * spec.dtype.itemsize for value in leaf.fed if (spec := value.spec))
        touched = given + leaf.figures.activation_bytes
        moved += touched
        elementwise += touched if not leaf.figures.macs or _depthwise(leaf) else 0
        for rule in (_widths, _groups, _fragments):
            finding = rule(leaf)
            if finding:
                findings.append(finding)
    return Speed(tuple(findings), elementwise / moved if moved else 0.0)


def _kernel(leaf: BoundNode) -> tuple[int, int, int, int, int] | None:
    """Of a convolution over images: channels in and out, positions of the window, groups, positions that go out."""
    weight = leaf.figures.param_shapes.get("weight") if leaf.figures else None
    groups = leaf.params.get("groups", 1)
    if leaf.entry.family != "convolution" or weight is None or len(weight) != 4 or not isinstance(groups, int):
        return None
    assert leaf.figures is not None
    out, each, high, wide = weight
    return each * groups, out, high * wide, groups, math.prod(leaf.figures.outputs[0].shape[1:])


def _depthwise(leaf: BoundNode) -> bool:
    weight = leaf.figures.param_shapes.get("weight", ()) if leaf.figures else ()
    return leaf.entry.family == "convolution" and len(weight) == 4 and weight[1] == 1


def _widths(leaf: BoundNode) -> Finding | None:
    kernel = _kernel(leaf)
    if kernel is None or kernel[2] > 1 or kernel[3] > 1:
        return None
    before, after, _, _, positions = kernel
    work = positions * before * after
    accesses = positions * (before + after) + before * after
    factor = accesses / (2 * math.sqrt(positions * work) + work / positions)
    if factor < MUCH:
        return None
    text = f"1 × 1 from {before} to {after} channels reads and writes {factor:.1f} times what equal widths would"
    return Finding(leaf.path, "equal widths", f"{text} for the same multiply-adds; bring the two widths together")


def _groups(leaf: BoundNode) -> Finding | None:
    kernel = _kernel(leaf)
    if kernel is None or not 1 < kernel[3] < kernel[0]:
        return None
    groups = kernel[3]
    text = f"{groups} groups read and write up to {groups} times as much for each multiply-add as one group would"
    return Finding(leaf.path, "few groups", f"{text}; use fewer groups and fewer channels")


def _fragments(leaf: BoundNode) -> Finding | None:
    ways = max((len({value.node for value in arg}) for arg in leaf.args if isinstance(arg, tuple)), default=0)
    if ways < MANY:
        return None
    text = f"{ways} branches meet here: small steps that keep a processor waiting"
    return Finding(leaf.path, "little fragmentation", f"{text}; use fewer and wider ones")
