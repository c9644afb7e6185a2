"""What the dims of each value of a bound design are called: N C H W, N L D, as far as blocks say so."""

from __future__ import annotations

from models_core.design.kinds import KINDS

from .bound import Bound, BoundNode

Axes = tuple[str, ...]
"""Names of a tensor's dims, batch left out."""
Key = tuple[int, int]
"""A value: leaf and output port, or input -1 - index of the design and 0."""


def axes_of(bound: Bound) -> dict[Key, Axes]:
    """The dims' names of every value whose shape is known.

    A block that takes any shape passes on the names of its first input; where nobody says, the usual ones are taken.
    Channels are C where positions follow, D at the end.
    """
    found: dict[Key, Axes] = {}
    for index, given in enumerate(bound.inputs):
        if given.kind in KINDS:
            found[-1 - index, 0] = KINDS[given.kind].dims
    for leaf in bound.nodes:
        if leaf.figures is not None:
            for port, spec in enumerate(leaf.figures.outputs):
                found[leaf.index, port] = _of(leaf, port, len(spec.shape), found)
    return found


def usual(rank: int) -> Axes:
    """What so many dims are usually called: D, L D, C H W."""
    return {0: (), 1: ("D",), 2: ("L", "D"), 3: ("C", "H", "W")}.get(rank, tuple(f"dim {at + 1}" for at in range(rank)))


def channel_dim(axes: Axes) -> int | None:
    """The place of the dim that tells channels apart, None where none does (token ids)."""
    return next((axes.index(name) for name in ("C", "D", "F") if name in axes), None)


def _of(leaf: BoundNode, port: int, rank: int, found: dict[Key, Axes]) -> Axes:
    names = leaf.entry.outputs[port].dims.split()[1:]
    if "..." not in names and len(names) == rank:
        # Ports that give another number of channels call them D, wherever they stand.
        return tuple("C" if name == "D" and at < rank - 1 else name for at, name in enumerate(names))
    source = next(iter(leaf.fed), None)
    given = found.get((source.node, source.port)) if source is not None else None
    return given if given is not None and len(given) == rank else usual(rank)
