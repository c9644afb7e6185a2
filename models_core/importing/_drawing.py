"""The design while it is drawn: nodes by their paths, wires, and the weights under the design's names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models_core import registry
from models_core.compile.expand import ONNX
from models_core.design.schema import RESERVED
from models_core.limits import LIMITS

from ._net import OWN, CannotImport, Net, Op, Unknown, Weight

Path = tuple[str, ...]
MAX_DEPTH = LIMITS.depth - 2
"""Parts of a scope that are kept, the innermost: each but the last becomes a group."""

End = tuple[str, str]
"""A node and its output port; `("input", NAME)` is an input of the design."""


@dataclass(frozen=True)
class Problem:
    """An operator of the file that no block stands for: what it is, its name there, why, and its node in the design."""

    op: str
    name: str
    reason: str
    node: str = ""

    def __str__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"{self.op}{name}: {self.reason}"


@dataclass
class Drawing:
    """Nodes and wires as they are drawn, operator by operator."""

    net: Net
    nodes: list[dict[str, Any]] = field(default_factory=list)
    edges: list[dict[str, str]] = field(default_factory=list)
    values: dict[str, End] = field(default_factory=dict)
    weights: dict[str, dict[str, Weight]] = field(default_factory=dict)
    """Of each node that has some, by their names inside."""
    tensors: dict[str, str] = field(default_factory=dict)
    """Of each node that an operator became, the tensor that it gives."""
    taken: set[str] = field(default_factory=set)
    kinds: dict[Path, set[str]] = field(default_factory=dict)
    """Of each scope the operators that are directly in it."""
    outer: set[Path] = field(default_factory=set)
    """Scopes with others inside."""

    def __post_init__(self) -> None:
        for op in self.net.ops:
            parts = _path(op.scope)
            self.kinds.setdefault(parts, set()).add(op.type)
            self.outer.update(parts[:count] for count in range(len(parts)))

    def node(
        self,
        op: Op,
        block: str,
        sources: list[str],
        params: Mapping[str, Any] | None = None,
        weights: Mapping[str, Weight | None] | None = None,
        *,
        part: str = "",
        ports: list[str] | None = None,
        label: str = "",
    ) -> str:
        """A node of a block, fed with tensors; `part` tells several nodes of one operator apart. Gives its id."""
        if len(self.nodes) >= LIMITS.nodes:
            raise CannotImport(f"the network needs more than the {LIMITS.nodes:,} nodes that a design may have")
        ends = [self.end(name) for name in sources]
        id = self._id(op, block, part)
        node: dict[str, Any] = {"id": id, "block": block}
        given = self.said(block, params or {})
        if given:
            node["params"] = given
        if label:
            node["label"] = label
        self.nodes.append(node)
        for place, (source, port) in enumerate(ends):
            self.edges.append({"from": f"{source}.{port}", "to": f"{id}.{ports[place] if ports else 'x'}"})
        held = {name: weight for name, weight in (weights or {}).items() if weight is not None}
        if held:
            self.weights[id] = held
        return id

    @staticmethod
    def said(block: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters that differ from the block's defaults; a placeholder has none."""
        entry = registry.find("block", block)
        defaults = {param.name: param.default for param in entry.params} if entry else {}
        return {name: value for name, value in params.items() if value is not None and value != defaults.get(name)}

    def give(self, op: Op, id: str, output: int = 0, port: str = "out") -> None:
        """Let a node's port stand for a result of the operator."""
        name = op.outputs[output]
        self.values[name] = (id, port)
        if port == "out":
            self.tensors[id] = name

    def block(
        self,
        op: Op,
        block: str,
        sources: list[str] | None = None,
        params: Mapping[str, Any] | None = None,
        weights: Mapping[str, Weight | None] | None = None,
        *,
        ports: list[str] | None = None,
    ) -> str:
        """One block for one operator, fed with its first input unless `sources` says otherwise."""
        id = self.node(op, block, op.inputs[:1] if sources is None else sources, params, weights, ports=ports)
        self.give(op, id)
        return id

    def alias(self, op: Op, source: str) -> None:
        """An operator that changes nothing: its result is what it is given."""
        self.values[op.outputs[0]] = self.end(source)

    def end(self, tensor: str) -> End:
        """Where a tensor comes from; raises Unknown for a constant, which needs a block of its own."""
        if tensor not in self.values:
            raise Unknown("it is given a constant where a block takes results only")
        return self.values[tensor]

    def constant(self, op: Op, name: str, beside: str, change: float | None = None) -> str:
        """A block that gives what a constant holds, as wide as `beside` has dims; gives the tensor it stands for.

        `change` is -1 for a constant that is taken away, and None for one that is used as it is.
        """
        rank, values = self.net.rank(beside), self.net.array(name)
        if values.dtype.kind not in "fiub":
            raise Unknown("it is given a constant that is no number")
        shape = (1,) * (rank - values.ndim) + values.shape
        if len(shape) != rank or shape[0] not in (1, self.net.batch):
            raise Unknown("it is given a constant with more dims than the rest")
        if shape[0] > 1 and not (values.reshape(shape) == values.reshape(shape)[:1]).all():
            raise Unknown("it is given other numbers for each sample")
        number, factor = self.net.scalar(name), change or 1.0
        made = f"{name}/{rank}/{factor}"
        if number is not None and abs(number) <= 1e6:
            params = {"shape": [1] * (rank - 1), "value": float(f"{number * factor:.7g}")}
            id = self.node(op, "constant", [beside], params, part="number")
        else:

            def load() -> np.ndarray:
                return (values.reshape(shape)[:1] * factor).astype(np.float32)

            params = {"shape": list(shape[1:]), "learned": True}
            id = self.node(op, "constant", [beside], params, {"value": Weight((1, *shape[1:]), load)}, part="values")
        self.values[made] = (id, "out")
        return made

    def placeholder(self, op: Op, problem: str) -> Problem:
        """A node for an operator that no block stands for, with the wires that it has in the file."""
        kind = op.type if op.domain in ("", OWN) else f"{op.domain}.{op.type}"
        block = ONNX + kind
        known = [name for name in op.inputs if name in self.values]
        ports = [f"in{at + 1}" for at in range(len(known))]
        id = self.node(op, block, known, ports=ports, label=f"{kind}: no block")
        for at, name in enumerate(op.outputs):
            if name:
                self.values[name] = (id, "out" if at == 0 else f"out{at + 1}")
        return Problem(kind, op.name, problem, id)

    def _id(self, op: Op, block: str, part: str) -> str:
        """A path that nobody has: that of the operator's scope if it is alone there, else one inside it."""
        short = _word(part or block.rpartition(".")[2].lower())
        path = _path(op.scope)
        # A module that is one operator may be used several times.
        itself = path and path not in self.outer and len(self.kinds.get(path, ())) == 1
        if part or not itself:
            path = (*path, short)
        id, number = ".".join(path), 1
        while id in self.taken:
            number += 1
            id = ".".join((*path[:-1], f"{path[-1]}_{number}"))
        self.taken.add(id)
        return id


def _path(scope: str) -> Path:
    return tuple(_word(part) for part in scope.split(".") if part)[-MAX_DEPTH:]


def _word(text: str) -> str:
    """A part of a scope as the id of a node or of a group's instance."""
    word = re.sub(r"\W+", "_", text, flags=re.ASCII)[-56:].strip("_") or "part"
    return f"{word}_" if word in RESERVED or word in ("input", "output") else word
