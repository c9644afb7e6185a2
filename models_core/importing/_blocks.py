"""A module that `models_core.compile.build` made as a Design again, from its graph of blocks."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from torch import Tensor, fx

from models_core import registry
from models_core.compile.build import BLOCKS
from models_core.design import read
from models_core.design.kinds import KINDS
from models_core.model import unshared
from models_core.registry import Entry

from ._draw import assembled
from ._drawing import Drawing, End
from ._imported import Imported
from ._net import Weight

Json = dict[str, Any]


class _Other(Exception):
    """There is more in the module than blocks."""


def imported(module: fx.GraphModule, inputs: Sequence[Tensor], name: str) -> Imported | None:
    """The design of a module that is joined of blocks alone, with its weights; None for any other."""
    graph = _Graph(module)
    try:
        graph.read(inputs)
    except _Other:
        return None
    design, moved = assembled(name, graph.inputs, graph.outputs, graph.nodes, graph.edges)
    tensors = {
        f"{moved.get(node['id'], node['id'])}.{part}": tensor
        for node in graph.nodes
        for part, tensor in module.get_submodule(node["id"]).state_dict().items()
    }
    ties = [{"param": path, "to": to} for path, to in unshared(tensors)[1].items()]
    if ties:
        design = read({**design.to_json(), "ties": ties})
    return Imported(design, [], [], {path: _weight(path, tensor) for path, tensor in tensors.items()})


def _weight(path: str, tensor: Tensor) -> Weight:
    return Weight(tuple(tensor.shape), tensor.numpy, path)


class _Graph:
    def __init__(self, module: fx.GraphModule) -> None:
        self.module = module
        self.known = module.meta.get(BLOCKS, {})
        self.inputs: list[Json] = []
        self.outputs: list[Json] = []
        self.nodes: list[Json] = []
        self.edges: list[dict[str, str]] = []
        self.ends: dict[fx.Node, End] = {}

    def read(self, inputs: Sequence[Tensor]) -> None:
        """Draw every node of the graph; raises _Other at the first that is no block's."""
        given = iter(inputs)
        for node in self.module.graph.nodes:
            if node.op == "placeholder":
                self._input(node, next(given, None))
            elif node.op == "call_module":
                self._call(node)
            elif node.op == "call_function" and node.target is operator.getitem:
                of, place = node.args
                self.ends[node] = (of.target, self._entry(of.target).outputs[place].name)
            elif node.op == "output":
                self._results(node.args[0])
            else:
                raise _Other

    def _input(self, node: fx.Node, tensor: Tensor | None) -> None:
        kind = None if tensor is None else _kind(tensor)
        if tensor is None or kind is None:
            raise _Other
        name = str(node.target)
        dims = dict(zip(KINDS[kind].dims, tensor.shape[1:], strict=True))
        self.inputs.append({"name": name, "kind": kind, "dims": dims})
        self.ends[node] = ("input", name)

    def _call(self, node: fx.Node) -> None:
        id = str(node.target)
        entry = self._entry(id)
        if any(one["id"] == id for one in self.nodes):
            raise _Other
        params = {key: value for key, value in self.known[id][1].items() if key not in entry.followed}
        said = Drawing.said(entry.id, params)
        self.nodes.append({"id": id, "block": entry.id} | ({"params": said} if said else {}))
        ports = [port.name for port in entry.inputs]
        # The last port may take several.
        for at, source in enumerate(node.args):
            if isinstance(source, fx.Node):
                self._wire(source, (id, ports[min(at, len(ports) - 1)]))
        self.ends[node] = (id, entry.outputs[0].name)

    def _results(self, results: Any) -> None:
        several = isinstance(results, tuple)
        for at, source in enumerate(results if several else (results,), 1):
            if not isinstance(source, fx.Node):
                raise _Other
            name = f"out{at}" if several else "out"
            self.outputs.append({"name": name})
            self._wire(source, ("output", name))

    def _wire(self, source: fx.Node, target: End) -> None:
        self.edges.append({"from": ".".join(self.ends[source]), "to": ".".join(target)})

    def _entry(self, id: str) -> Entry:
        """The block at a path, if it is still the one that was built."""
        entry = registry.find("block", self.known[id][0]) if id in self.known else None
        if entry is None or type(self.module.get_submodule(id)) is not entry.obj:
            raise _Other
        return entry


def _kind(tensor: Tensor) -> str | None:
    if not tensor.is_floating_point():
        return "tokens" if tensor.ndim == 2 else None
    return {2: "table", 4: "image"}.get(tensor.ndim)
