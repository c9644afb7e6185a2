"""The semantic hash of a design: equal networks have equal hashes, whatever their nodes are called."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .bound import Arg, Bound, BoundNode, Value
from .measure import written

_written = json.JSONEncoder(separators=(",", ":"), default=str).encode


@dataclass(frozen=True)
class Identity:
    """A design's hash and the canonical number of each of its leaves by path."""

    hash: str
    numbers: dict[str, int]


def identify(bound: Bound) -> Identity:
    """Hash what a bound design computes: blocks, their parameters, wires, inputs, outputs, ties; no names.

    Leaves are numbered in running order; among those that could run next, by a fingerprint of what they depend on
    and of what depends on them, so that the order of the document has no say.
    """
    leaves = bound.trained
    byte_order = {leaf.index: leaf for leaf in leaves}
    inputs = {-1 - index: f"input:{given.kind}:{given.spec}" for index, given in enumerate(bound.inputs)}
    up: dict[int, str] = dict(inputs)
    for index in inputs:
        up[index] = _digest([inputs[index], index])
    meaning = {leaf.index: _meaning(leaf) for leaf in leaves}
    for leaf in leaves:
        up[leaf.index] = _hashed(f"[{meaning[leaf.index]},{_args(leaf.args, up)}]")
    users: dict[int, list[tuple[int, int, int]]] = {}
    for leaf in leaves:
        for position, value in enumerate(_positions(leaf)):
            if value is not None:
                users.setdefault(value.node, []).append((leaf.index, position, value.port))
    outs: dict[int, list[list[int]]] = {}
    for position, value in enumerate(bound.outputs.values()):
        outs.setdefault(value.node, []).append([position, value.port])
    down: dict[int, str] = {}
    for leaf in reversed(leaves):
        used = sorted((down[user], up[user], position, port) for user, position, port in users.get(leaf.index, []))
        texts = ",".join(f'["{below}","{above}",{position},{port}]' for below, above, position, port in used)
        down[leaf.index] = _hashed(f"[[{texts}],{_written(outs[leaf.index]) if leaf.index in outs else '[]'}]")

    numbers: dict[int, int] = {index: index for index in inputs}
    waits = {leaf.index: len({v.node for v in leaf.fed if v.node >= 0}) for leaf in leaves}
    ready: list[tuple[list[int], str, str, int]] = []

    def push(leaf: BoundNode) -> None:
        fed = [numbers[value.node] for value in leaf.fed]
        heapq.heappush(ready, (fed, up[leaf.index], down[leaf.index], leaf.index))

    for leaf in leaves:
        if waits[leaf.index] == 0:
            push(leaf)
    records: list[str] = []
    while ready:
        index = heapq.heappop(ready)[3]
        leaf = byte_order[index]
        numbers[index] = len(records)
        records.append(f"[{meaning[index]},{_args(leaf.args, numbers)}]")
        for user in {user for user, _, _ in users.get(index, [])}:
            waits[user] -= 1
            if waits[user] == 0:
                push(byte_order[user])
    paths = {leaf.path: numbers[leaf.index] for leaf in leaves}
    parts = {
        "inputs": _written([inputs[-1 - index] for index in range(len(bound.inputs))]),
        "leaves": f"[{','.join(records)}]",
        "outputs": _written([[numbers.get(value.node), value.port] for value in bound.outputs.values()]),
        "ties": _written(sorted(sorted(_tied(path, paths) for path in (tie.param, tie.to)) for tie in bound.ties)),
    }
    if bound.auxiliary:
        parts["auxiliary"] = _written(
            sorted([numbers.get(value.node), value.port, weight] for value, weight in bound.auxiliary.values())
        )
    return Identity(_hashed("{" + ",".join(f'"{name}":{text}' for name, text in parts.items()) + "}"), paths)


def _meaning(leaf: BoundNode) -> str:
    return f'["{leaf.entry.id}",{leaf.entry.version},{leaf.written or written(leaf.params)}]'


def _positions(leaf: BoundNode) -> list[Value | None]:
    flat: list[Value | None] = []
    for arg in leaf.args:
        flat += list(arg) if isinstance(arg, tuple) else [arg]
    return flat


def _args(args: tuple[Arg, ...], known: Mapping[int, int | str]) -> str:
    """The arguments as JSON: of each the fingerprint or the number of the node that gives it, and the port."""

    texts = []
    for arg in args:
        if arg is None:
            texts.append("null")
        elif isinstance(arg, Value):
            texts.append(_one(arg, known))
        else:
            texts.append(f"[{','.join([_one(value, known) for value in arg])}]")
    return f"[{','.join(texts)}]"


def _one(value: Value, known: Mapping[int, int | str]) -> str:
    node = known.get(value.node)
    text = f'"{node}"' if isinstance(node, str) else "null" if node is None else node
    return f"[{text},{value.port}]"


def _tied(path: str, numbers: dict[str, int]) -> str:
    node, _, name = path.rpartition(".")
    while node and node not in numbers:
        node, _, more = node.rpartition(".")
        name = f"{more}.{name}"
    return f"{numbers.get(node, -1)}.{name}"


def _digest(value: Any) -> str:
    return _hashed(_written(value))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
