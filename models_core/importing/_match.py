"""Finding several operators that together are one: patterns are nested tuples, read from the result backwards.

`("Mul", "x", ("Sigmoid", "x"))` is a product of something and its own sigmoid. A text stands for any tensor, the same
one wherever it is repeated; a number for a constant that holds it everywhere; `Held("w")` for any constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ._net import Net, Op

COMMUTATIVE = {"Add", "Mul", "And", "Or"}


@dataclass(frozen=True)
class Held:
    """A constant, whatever it holds."""

    name: str


Pattern = Any


@dataclass
class Found:
    """What the names of a pattern stand for, and the operators it is made of, the last first."""

    tensors: dict[str, str] = field(default_factory=dict)
    ops: list[Op] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.tensors[name]

    def op(self, type: str) -> Op:
        """The first operator of that type."""
        return next(op for op in self.ops if op.type == type)

    def all(self, type: str) -> list[Op]:
        return [op for op in self.ops if op.type == type]


def match(net: Net, tensor: str, pattern: Pattern) -> Found | None:
    """What makes `tensor`, if it is as the pattern says."""
    return _match(net, tensor, pattern, Found())


def _match(net: Net, tensor: str, pattern: Pattern, found: Found) -> Found | None:
    if isinstance(pattern, str):
        known = found.tensors.get(pattern)
        if known is None:
            return Found({**found.tensors, pattern: tensor}, found.ops)
        return found if known == tensor else None
    if isinstance(pattern, Held):
        if not net.is_constant(tensor):
            return None
        return Found({**found.tensors, pattern.name: tensor}, found.ops)
    if isinstance(pattern, int | float):
        number = net.scalar(tensor)
        same = number is not None and (number == pattern or math.isclose(number, pattern, rel_tol=1e-3, abs_tol=1e-12))
        return found if same else None
    op = net.producer.get(tensor)
    if op is None or op.type != pattern[0] or len(op.inputs) < len(pattern) - 1 or tensor != op.outputs[0]:
        return None
    begun = Found(found.tensors, [*found.ops, op])
    orders = [op.inputs]
    if op.type in COMMUTATIVE and len(op.inputs) == 2:
        orders.append(op.inputs[::-1])
    for inputs in orders:
        made: Found | None = begun
        for name, inner in zip(inputs, pattern[1:], strict=False):
            made = _match(net, name, inner, made) if made is not None else None
        if made is not None:
            return made
    return None
