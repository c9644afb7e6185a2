"""The peak of activation memory: the most an inference holds at once, each tensor freed after its last use."""

from __future__ import annotations

import math

from models_core.compile import Bound, BoundNode, Spec, Value

Memory = tuple[int, int]
"""The node (or the input, counted from -1 down) and the port that first held a tensor."""


def peak_of(bound: Bound) -> tuple[int, str | None]:
    """Bytes for one sample, and the path of the node that runs then; nodes run one by one, in running order.

    What a node makes for itself counts while it runs. Weights do not count, nor what an operator's kernel may need
    beyond its results. Nodes with a fault are left out.
    """
    leaves = [leaf for leaf in bound.leaves if leaf.figures]
    held = {(-1 - at, 0): (-1 - at, 0) for at in range(len(bound.inputs))}
    size = {(-1 - at, 0): _bytes(given.spec) for at, given in enumerate(bound.inputs)}
    last: dict[Memory, int] = {}
    for at, leaf in enumerate(leaves):
        for value in leaf.fed:
            if (value.node, value.port) in held:
                last[held[value.node, value.port]] = at
        for port, (spec, source) in enumerate(_outputs(leaf)):
            own = (leaf.index, port)
            held[own] = held.get((source.node, source.port), own) if source else own
            if held[own] == own:
                size[own] = _bytes(spec)
                last[own] = at
    for value in bound.outputs.values():
        if (value.node, value.port) in held:
            last[held[value.node, value.port]] = len(leaves)

    made: dict[int, int] = {}
    freed: dict[int, int] = {}
    for memory, bytes in size.items():
        made[memory[0]] = made.get(memory[0], 0) + bytes
        if memory in last:
            freed[last[memory]] = freed.get(last[memory], 0) + bytes
    live = sum(bytes for node, bytes in made.items() if node < 0)
    peak, path = live, None
    for at, leaf in enumerate(leaves):
        here = live + (leaf.figures.peak_bytes if leaf.figures else 0)
        if here > peak:
            peak, path = here, leaf.path
        live += made.get(leaf.index, 0) - freed.get(at, 0)
    return peak, path


def _outputs(leaf: BoundNode) -> list[tuple[Spec, Value | None]]:
    """Each output's spec, and the value whose memory it is if it has none of its own."""
    flat: list[Value | None] = []
    for arg in leaf.args:
        flat += arg if isinstance(arg, tuple) else (arg,)
    figures = leaf.figures
    assert figures
    return [(spec, None if at is None else flat[at]) for spec, at in zip(figures.outputs, figures.shared, strict=True)]


def _bytes(spec: Spec | None) -> int:
    return math.prod(spec.shape) * spec.dtype.itemsize if spec else 0
