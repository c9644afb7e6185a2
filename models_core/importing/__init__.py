"""An ONNX file as a Design: the blocks that stand for its operators, and its weights under the design's names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx

from models_core.compile import bind
from models_core.design import Design, DesignError, read
from models_core.design.schema import FORMAT, VERSION
from models_core.export import check

from . import _attention, _ends, _patterns, _recurrent
from ._drawing import Drawing, Problem
from ._net import BROKEN, OWN, CannotImport, Net, Unknown, Weight
from ._read import read_model, read_net
from .ops import load

__all__ = ["CannotImport", "Imported", "Problem", "import_onnx"]


@dataclass(frozen=True)
class Imported:
    """A design, what was decided on the way, and the operators that no block stands for.

    `weights` has the file's tensors by the names of `models_core.compile.build`; it is empty where the design came with
    the file instead of being drawn from its operators.
    """

    design: Design
    notes: list[str]
    problems: list[Problem]
    weights: dict[str, Weight] = field(default_factory=dict)

    def state_dict(self) -> dict[str, np.ndarray]:
        """The weights, read from the file."""
        return {name: weight.load() for name, weight in self.weights.items()}

    def to_json(self) -> dict[str, Any]:
        """The design and its notes as plain values."""
        return {
            "design": self.design.to_json(),
            "notes": self.notes,
            "problems": [vars(problem) | {"message": str(problem)} for problem in self.problems],
        }


def import_onnx(data: bytes, name: str = "imported", *, redraw: bool = False) -> Imported:
    """The design of an ONNX file. One that was exported here has its design inside, which is taken unless `redraw`.

    Operators without a block become nodes that say so and are listed in `problems`. Raises CannotImport for what is no
    ONNX file, reaches for other files, is too large, or is no network at all.
    """
    model = read_model(data)
    if not redraw and check.metadata(model).get(check.FORMAT_KEY) == check.FORMAT:
        own = _own_design(model)
        if own is not None:
            return Imported(own, ["The file was exported here and carries its design, which is opened."], [])
    notes: list[str] = []
    net = read_net(model, notes)
    _name_scopes(net)
    _patterns.recognise(net)
    _recurrent.recognise(net)
    _attention.recognise(net)
    draw = Drawing(net)
    inputs = _ends.inputs(net, draw, notes)
    problems = _draw(net, draw)
    outputs = _ends.outputs(net, draw, problems)
    parts = {"name": name[:200] or "imported", "inputs": inputs, "outputs": outputs}
    parts |= {"nodes": draw.nodes, "edges": draw.edges}
    try:
        design = read({"format": FORMAT, "version": VERSION, **parts})
    except DesignError as error:
        raise CannotImport(f"the network cannot be written as a design: {error}") from None
    problems += _differences(net, draw, design)
    return Imported(design, notes, problems, draw.weights)


def _own_design(model: onnx.ModelProto) -> Design | None:
    """The design that one of our exports carries, with the sizes that it was exported with."""
    try:
        design = read(check.note(model, "blockyard.design"))
        facts, values = (check.note(model, f"blockyard.{part}") or {} for part in ("facts", "variables"))
        changed = {**design.to_json(), "facts": facts}
        for name, value in values.items():
            changed["variables"][name]["value"] = value
        return read(changed)
    except (check.UnsafeModel, DesignError, KeyError, TypeError, AttributeError):
        return None


def _name_scopes(net: Net) -> None:
    """Say of operators where they belong by the names of weights that are theirs alone: nothing says it better."""
    for op in net.ops:
        for name in reversed(op.inputs):
            owner, _, part = name.rpartition(".")
            if owner and part.isidentifier() and net.is_constant(name) and len(net.users[name]) == 1:
                op.scope = owner


def _draw(net: Net, draw: Drawing) -> list[Problem]:
    converters = load()
    problems = []
    for op in net.ops:
        convert = converters.get(op.type) if op.domain in ("", OWN) else None
        before = (len(draw.nodes), len(draw.edges), set(draw.taken), dict(draw.values))
        try:
            if convert is None:
                raise Unknown("no block does this")
            convert(op, draw)
            for name in op.outputs:
                if name and name not in draw.values and (net.users.get(name) or name in net.outputs):
                    raise Unknown("one of its results is used that the block does not give")
        except BROKEN as fault:
            reason = str(fault) if isinstance(fault, Unknown) else "it is not as ONNX says it should be"
            # What was begun is taken back: one node stands for the whole operator.
            del draw.nodes[before[0] :], draw.edges[before[1] :]
            draw.taken, draw.values = before[2], before[3]
            problems.append(draw.placeholder(op, reason))
    return problems


def _differences(net: Net, draw: Drawing, design: Design) -> list[Problem]:
    """Nodes whose results have another size in the design than in the file: a converter that is mistaken says so."""
    found = []
    bound = bind(design)
    for leaf in bound.nodes:
        tensor = draw.tensors.get(leaf.path)
        shape = net.shape(tensor) if tensor else None
        if leaf.figures is None or shape is None or not leaf.figures.outputs:
            continue
        have = leaf.figures.outputs[0].shape
        if have != shape[1:]:
            sizes = [" × ".join(map(str, size)) for size in (have, shape[1:])]
            op = net.producer.get(tensor or "")
            reason = f"gives {sizes[0]} here, {sizes[1]} in the file"
            found.append(Problem(op.type if op else leaf.entry.id, op.name if op else "", reason, leaf.path))
    return found
