"""From a Design to a torch module: each live leaf becomes a module named by its path, joined by a torch.fx graph."""

from __future__ import annotations

import keyword
import operator
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx, nn

from models_core.design.issues import DesignError, Issue
from models_core.design.schema import Design, Tie

from .bind import bind
from .bound import Arg, Bound, Value
from .in_place import write_over_inputs

BLOCKS = "blockyard.blocks"
"""In a built module's `meta`: of each leaf the block that it is, and its parameters."""


def build(
    design: Design | Bound,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    variables: Mapping[str, Any] | None = None,
    *,
    device: torch.device | str | None = None,
    collect: bool = False,
    in_place: bool = False,
) -> fx.GraphModule:
    """The module of a design, freshly initialised from torch's random state.

    It takes the design's inputs in order and gives its output, or a tuple where there are several. Parameters are
    named by node path (`stage1.0.conv1.weight`). With `collect` it gives a pair: that, and what training takes besides
    as in `Bound.collected`, a tensor by name; it has the parts that only training needs, too. With `in_place`
    activations write over what nothing else reads, which is quicker; hooks must then not keep what they are shown.
    Raises DesignError with every fault of the design.
    """
    bound = design if isinstance(design, Bound) else bind(design, facts, variables)
    if bound.errors:
        raise DesignError(bound.errors)
    if not bound.outputs:
        raise DesignError([Issue("output", "no_output", "the design has no output", "add one and connect it")])
    root = nn.Module()
    with torch.device(device or "cpu"):
        for leaf in bound.trained if collect else bound.leaves:
            _attach(root, leaf.path, leaf.entry.obj(**leaf.params))
    for tie in bound.ties if collect else bound.live_ties:
        _tie(root, tie)
    if in_place:
        write_over_inputs(root, bound, collect)
    return _module(root, bound, collect)


def uncollected(module: fx.GraphModule, bound: Bound) -> fx.GraphModule:
    """Of a module built with `collect` the one that gives the outputs alone; the two share all they both have."""
    return _module(module, bound, collect=False)


def _module(root: nn.Module, bound: Bound, collect: bool) -> fx.GraphModule:
    module = fx.GraphModule(root, _graph(bound, collect), class_name=_class_name(bound.design.name))
    leaves = bound.trained if collect else bound.leaves
    # By which an import knows the blocks again.
    module.meta[BLOCKS] = {leaf.path: (leaf.entry.id, leaf.params) for leaf in leaves}
    for tie in bound.ties if collect else bound.live_ties:
        _tie(module, tie)
    return module


def _graph(bound: Bound, collect: bool) -> fx.Graph:
    graph = fx.Graph()
    produced: dict[tuple[int, int], fx.Node] = {}
    for index, given in enumerate(bound.inputs):
        produced[-1 - index, 0] = graph.placeholder(_argument(given.name))
    leaves = bound.trained if collect else bound.leaves
    collected = bound.collected if collect else {}
    fed = [value for leaf in leaves for value in leaf.fed]
    taken = [one.value for one in collected.values()]
    used = {(value.node, value.port) for value in [*fed, *bound.outputs.values(), *taken]}
    for leaf in leaves:
        node = graph.call_module(leaf.path, tuple(_flat(leaf.args, produced)))
        if len(leaf.entry.outputs) == 1:
            produced[leaf.index, 0] = node
        else:
            for port in range(len(leaf.entry.outputs)):
                if (leaf.index, port) in used:
                    produced[leaf.index, port] = graph.call_function(operator.getitem, (node, port))
    outputs = [produced[value.node, value.port] for value in bound.outputs.values()]
    given_out = outputs[0] if len(outputs) == 1 else tuple(outputs)
    extra = {name: produced[one.value.node, one.value.port] for name, one in collected.items()}
    graph.output((given_out, extra) if collect else given_out)
    return graph


def _argument(name: str) -> str:
    """An input's name as the argument of a forward, which cannot be called `1x`, `class` or `self`."""
    return name if name.isidentifier() and not keyword.iskeyword(name) and name != "self" else f"input_{name}"


def _flat(args: tuple[Arg, ...], produced: Mapping[tuple[int, int], fx.Node]) -> list[fx.Node | None]:
    flat: list[fx.Node | None] = []
    for arg in args:
        if isinstance(arg, Value):
            flat.append(produced[arg.node, arg.port])
        elif arg is None:
            flat.append(None)
        else:
            flat += [produced[value.node, value.port] for value in arg]
    return flat


def _attach(root: nn.Module, path: str, module: nn.Module) -> None:
    *parents, name = path.split(".")
    at = root
    for parent in parents:
        if parent not in at._modules:
            at.add_module(parent, nn.Module())
        at = at.get_submodule(parent)
    at.add_module(name, module)


def _tie(root: nn.Module, tie: Tie) -> None:
    path, _, name = tie.param.rpartition(".")
    source, _, source_name = tie.to.rpartition(".")
    setattr(root.get_submodule(path), name, getattr(root.get_submodule(source), source_name))


def _class_name(name: str) -> str:
    words = "".join(character if character.isascii() and character.isalnum() else " " for character in name).split()
    text = "".join(word[0].upper() + word[1:] for word in words)
    return text if text and not text[0].isdigit() else f"Net{text}"
