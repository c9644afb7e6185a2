"""What a composed block is made of: the graph of its parts, traced from its own forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn

from models_core import registry
from models_core.registry import Entry

SIZE = 64
"""Stands for every size that has no default; the figure does not depend on it."""

SHAPE_ONLY = frozenset(
    """chunk contiguous expand flatten getattr getitem permute reshape squeeze transpose unbind unflatten unsqueeze
    view""".split()
)
"""Operations that move numbers about without computing any."""

WORDS = {"mul": "×", "add": "+", "scaled_dot_product_attention": "attention", "sum": "sum", "mean": "mean"}


@dataclass(frozen=True)
class Part:
    """One step inside a block: `family` is that of the registered block it is, or empty."""

    id: str
    title: str
    family: str = ""


@dataclass(frozen=True)
class Inside:
    """The parts of a block in the order they run, and which feeds which."""

    parts: tuple[Part, ...]
    edges: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "parts": [vars(part) for part in self.parts],
            "edges": [{"from": start, "to": end} for start, end in self.edges],
        }


def inside(entry: Entry) -> Inside | None:
    """The graph inside a block at its default parameters.

    None for a block that is one layer, or whose forward goes by values or lengths (which experts are picked).
    """
    with torch.device("meta"):
        block = entry.obj(**_params(entry))
    if len(list(block.children())) < 2:
        return None
    absent = {port.name: None for port in entry.inputs if port.optional}
    try:
        traced = fx.symbolic_trace(block, concrete_args=absent)
    except (fx.proxy.TraceError, RuntimeError, TypeError):
        # It asks a tensor for what only a real one has: a value, a length.
        return None
    return _contracted(traced)


def _params(entry: Entry) -> dict[str, Any]:
    params = entry.check({param.name: SIZE for param in entry.params if param.required})
    return params | {name: SIZE for name in entry.followed if params[name] is None}


def _contracted(traced: fx.GraphModule) -> Inside:
    """The traced graph without the steps that compute nothing and without what nothing uses."""
    parts: list[Part] = []
    edges: dict[tuple[str, str], None] = {}
    feeds: dict[fx.Node, tuple[str, ...]] = {}
    for node in traced.graph.nodes:
        sources = tuple(dict.fromkeys(id for one in node.all_input_nodes for id in feeds[one]))
        part = _part(node, traced)
        if part is None:
            feeds[node] = () if _is_size(node) else sources
            continue
        parts.append(part)
        edges.update({(source, part.id): None for source in sources})
        feeds[node] = (part.id,)
    used = {id for edge in edges for id in edge}
    return Inside(tuple(part for part in parts if part.id in used), tuple(edges))


def _is_size(node: fx.Node) -> bool:
    return node.op == "call_function" and node.target is getattr and node.args[1] == "shape"


def _part(node: fx.Node, traced: fx.GraphModule) -> Part | None:
    if node.op == "placeholder":
        return Part(node.name, node.name)
    if node.op == "output":
        return Part("out", "out")
    if node.op == "call_module":
        return _of_module(str(node.target), traced.get_submodule(str(node.target)))
    if node.op in ("call_function", "call_method"):
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
        return None if name in SHAPE_ONLY or name.startswith("_") else _of_operation(node.name, name)
    return None


def _of_module(path: str, module: nn.Module) -> Part | None:
    if isinstance(module, nn.Identity) or (isinstance(module, nn.Dropout) and module.p == 0):
        return None
    known = next((one for one in registry.all("block") if type(module) in one.obj.__bases__), None)
    return Part(path, known.title if known else type(module).__name__, known.family if known else "")


def _of_operation(id: str, name: str) -> Part:
    known = registry.find("block", name)
    if known:
        return Part(id, known.title, known.family)
    return Part(id, WORDS.get(name, name), "attention" if name == "scaled_dot_product_attention" else "")
