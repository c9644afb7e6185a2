"""From an ONNX graph to a design: composites recognised, each operator drawn, modules as groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import onnx

from models_core.compile import bind
from models_core.design import Design, DesignError, read
from models_core.design.schema import FORMAT, VERSION

from . import _attention, _ends, _patterns, _recurrent
from ._drawing import Drawing, Problem
from ._imported import Imported
from ._nesting import nested
from ._net import BROKEN, OWN, CannotImport, Net, Unknown
from ._read import read_net
from .ops import load


def drawn(model: onnx.ModelProto, name: str, titles: Mapping[str, str] | None = None) -> Imported:
    """The design of a checked ONNX graph with its weights; `titles` has the classes of modules by their paths.

    Raises CannotImport for what is no network.
    """
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
    design, moved = assembled(name, inputs, outputs, draw.nodes, draw.edges, titles)
    # Whatever was said of a node so far is said of the path that it got.
    problems = [replace(problem, node=moved.get(problem.node, problem.node)) for problem in problems]
    tensors = {moved.get(id, id): tensor for id, tensor in draw.tensors.items()}
    held = {moved.get(id, id): weights for id, weights in draw.weights.items()}
    weights = {f"{id}.{part}": weight for id, parts in held.items() for part, weight in parts.items()}
    return Imported(design, notes, [*problems, *_differences(net, tensors, design)], weights)


def assembled(
    name: str,
    inputs: list[dict[str, Any]],
    outputs: list[dict[str, Any]],
    nodes: list[dict[str, Any]],
    edges: list[dict[str, str]],
    titles: Mapping[str, str] | None = None,
) -> tuple[Design, dict[str, str]]:
    """The design of nodes that are named by paths, and the new path of each that could not keep its own."""
    ends = {"name": name[:200] or "imported", "inputs": inputs, "outputs": outputs}
    for flat in (False, True):
        graph = nested(nodes, edges, titles or {}, flat=flat)
        parts = {"nodes": graph.nodes, "edges": graph.edges, "groups": graph.groups}
        try:
            design = read({"format": FORMAT, "version": VERSION, **ends, **parts})
        except DesignError as error:
            if flat:
                raise CannotImport(f"the network cannot be written as a design: {error}") from None
            continue
        # Groups of which each is whole may still feed each other in a circle.
        if flat or not any(issue.code == "cycle" for issue in bind(design).errors):
            break
    return design, graph.moved


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
            for node in draw.nodes[before[0] :]:
                draw.weights.pop(node["id"], None)
            del draw.nodes[before[0] :], draw.edges[before[1] :]
            draw.taken, draw.values = before[2], before[3]
            problems.append(draw.placeholder(op, reason))
    return problems


def _differences(net: Net, tensors: Mapping[str, str], design: Design) -> list[Problem]:
    """Nodes whose results have another size than in the graph they were drawn from: a mistaken converter says so."""
    found = []
    bound = bind(design)
    for leaf in bound.nodes:
        tensor = tensors.get(leaf.path)
        shape = net.shape(tensor) if tensor else None
        if leaf.figures is None or shape is None or not leaf.figures.outputs:
            continue
        have = leaf.figures.outputs[0].shape
        if have != shape[1:]:
            sizes = [" × ".join(map(str, size)) for size in (have, shape[1:])]
            op = net.producer.get(tensor or "")
            reason = f"gives {sizes[0]} here, {sizes[1]} there"
            found.append(Problem(op.type if op else leaf.entry.id, op.name if op else "", reason, leaf.path))
    return found
