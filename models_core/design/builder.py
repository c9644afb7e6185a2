"""Writing a Design in Python, as the zoo does: add nodes, get handles to their outputs, pass those on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_core import registry
from models_core.limits import LIMITS

from .schema import FORMAT, VERSION, Design, Group, read


@dataclass(frozen=True)
class Handle:
    """An output port of a node under construction; `handle["name"]` is another port of the same node."""

    node: str
    port: str

    def __getitem__(self, port: str) -> Handle:
        return Handle(self.node, port)


class GraphBuilder:
    """What a Design and a Group have in common: ends, nodes, edges."""

    def __init__(self, root: Builder, doc: str) -> None:
        self._root = root
        self._doc = " ".join(doc.split())
        self._inputs: list[dict[str, Any]] = []
        self._outputs: list[dict[str, Any]] = []
        self._nodes: list[dict[str, Any]] = []
        self._edges: list[dict[str, str]] = []

    def input(self, name: str) -> Handle:
        """An input of this graph."""
        self._inputs.append({"name": name})
        return Handle("input", name)

    def output(self, name: str, source: Handle) -> None:
        """Name `source` as an output of this graph."""
        self._outputs.append({"name": name})
        self._wire(source, "output", name)

    def add(
        self,
        id: str,
        block: str,
        *sources: Handle,
        inputs: Mapping[str, Handle] | None = None,
        bypass: bool | str = False,
        mute: bool | str = False,
        label: str | None = None,
        repeat: int | str | None = None,
        history: str | None = None,
        **params: Any,
    ) -> Handle:
        """A node of a block; positional handles go to its ports in order, those left over to its variadic one.

        With `repeat`, the input port `history` gets all earlier values of the chain.
        """
        entry = registry.get("block", block)
        ports = []
        for port in entry.inputs:
            ports += [port.name] * (len(sources) if port.variadic else 1)
        extras = {"bypass": bypass, "mute": mute, "label": label, "repeat": repeat, "history": history}
        node = {"block": block, "params": params, **extras}
        return self._node(id, node, sources, ports, inputs, entry.outputs[0].name)

    def add_group(
        self,
        id: str,
        group: str,
        *sources: Handle,
        inputs: Mapping[str, Handle] | None = None,
        bypass: bool | str = False,
        mute: bool | str = False,
        label: str | None = None,
        repeat: int | str | None = None,
        history: str | None = None,
        **params: Any,
    ) -> Handle:
        """An instance of a group that this builder has defined before; `repeat` and `history` as in `add`."""
        built = self._root.groups[group]
        ports = [end["name"] for end in built._inputs]
        output = built._outputs[0]["name"]
        extras = {"bypass": bypass, "mute": mute, "label": label, "repeat": repeat, "history": history}
        node = {"group": group, "params": params, **extras}
        return self._node(id, node, sources, ports, inputs, output)

    def add_generator(
        self,
        id: str,
        generator: str,
        *sources: Handle,
        inputs: Mapping[str, Handle] | None = None,
        bypass: bool | str = False,
        mute: bool | str = False,
        label: str | None = None,
        repeat: int | str | None = None,
        history: str | None = None,
        **params: Any,
    ) -> Handle:
        """A node of a generator, with its parameters and those of the group it makes; the others as in `add`."""
        entry = registry.get("generator", generator)
        extras = {"bypass": bypass, "mute": mute, "label": label, "repeat": repeat, "history": history}
        node = {"generator": generator, "params": params, **extras}
        return self._node(id, node, sources, [port.name for port in entry.inputs], inputs, entry.outputs[0].name)

    def add_choice(
        self,
        id: str,
        pick: str,
        alternatives: Mapping[str, Mapping[str, Any]],
        *sources: Handle,
        port: str = "x",
        inputs: Mapping[str, Handle] | None = None,
    ) -> Handle:
        """A node that is one of several; `pick` is an alternative's name or an expression for one."""
        node = {"choice": {name: dict(part) for name, part in alternatives.items()}, "pick": pick}
        return self._node(id, node, sources, [port] * len(sources), inputs, "out")

    def _node(
        self,
        id: str,
        node: dict[str, Any],
        sources: tuple[Handle, ...],
        ports: list[str],
        inputs: Mapping[str, Handle] | None,
        output: str,
    ) -> Handle:
        self._root.size += 1
        if self._root.size > LIMITS.nodes:
            raise ValueError(f"{id}: more than {LIMITS.nodes:,} nodes; lower what decides how many there are")
        if len(sources) > len(ports):
            raise ValueError(f"{id}: {len(sources)} inputs given, there are {len(ports)} ports")
        self._nodes.append({"id": id, **{name: value for name, value in node.items() if value}})
        for source, port in zip(sources, ports, strict=False):
            self._wire(source, id, port)
        for port, source in (inputs or {}).items():
            self._wire(source, id, port)
        return Handle(id, output)

    def _wire(self, source: Handle, node: str, port: str) -> None:
        self._edges.append({"from": f"{source.node}.{source.port}", "to": f"{node}.{port}"})

    def _graph(self) -> dict[str, Any]:
        return {"inputs": self._inputs, "outputs": self._outputs, "nodes": self._nodes, "edges": self._edges}


class GroupBuilder(GraphBuilder):
    """A group under construction."""

    def __init__(self, root: Builder, doc: str, params: dict[str, Any]) -> None:
        super().__init__(root, doc)
        self._params = {name: {"default": default} for name, default in params.items()}

    def param(self, name: str, default: Any, doc: str) -> str:
        """A parameter of this group that says what it is; gives the expression for it."""
        self._params[name] = {"default": default, "doc": doc}
        return f"={name}"

    def document(self) -> dict[str, Any]:
        return {"doc": self._doc, "params": self._params, **self._graph()}


@dataclass(frozen=True)
class Generated:
    """What a generator gives: groups by name, and which of them stands for the whole."""

    name: str
    groups: Mapping[str, Group]

    @property
    def group(self) -> Group:
        return self.groups[self.name]


class Builder(GraphBuilder):
    """A Design under construction, or in a generator the groups that it makes."""

    def __init__(self, name: str = "untitled", *, task: str | None = None, doc: str = "") -> None:
        super().__init__(self, doc)
        self.name = name
        self.task = task
        self.groups: dict[str, GroupBuilder] = {}
        self.size = 0
        """Nodes so far, those of groups among them."""
        self._facts: dict[str, dict[str, Any]] = {}
        self._variables: dict[str, dict[str, Any]] = {}
        self._ties: list[dict[str, str]] = []
        self._overrides: list[dict[str, Any]] = []

    def input(self, name: str, kind: str = "image", **dims: int | str) -> Handle:
        """An input of the design; `dims` may be expressions, such as `C="=facts.image.channels"`."""
        self._inputs.append({"name": name, "kind": kind, "dims": dims})
        return Handle("input", name)

    def group(self, id: str, *, doc: str = "", **params: Any) -> GroupBuilder:
        """Define a group; keyword arguments are its parameters with their defaults."""
        self.groups[id] = GroupBuilder(self, doc, params)
        return self.groups[id]

    def facts(self, **facts: dict[str, Any]) -> None:
        """Facts that hold while no dataset is bound, by field: `label={"classes": 10}`."""
        self._facts.update(facts)

    def variable(self, name: str, value: Any, *, doc: str = "", domain: dict[str, Any] | None = None) -> str:
        """A variable of the design, perhaps with the domain it may be searched in; gives the expression for it."""
        self._variables[name] = {"value": value, "doc": doc or None, "domain": domain}
        return f"={name}"

    def output(self, name: str, source: Handle, weight: float | str | None = None) -> None:
        """Name `source` as an output of the design; with a weight it is an auxiliary one, for training alone."""
        self._outputs.append({"name": name} if weight is None else {"name": name, "weight": weight})
        self._wire(source, "output", name)

    def tie(self, param: str, to: str) -> None:
        """Make two parameters one, or all of two nodes; `*` in a path is any one part."""
        self._ties.append({"param": param, "to": to})

    def override(self, at: str, **different: Any) -> None:
        """Make what stands at a path different there: its `params`, `bypass`, `mute`, or the block or group it is."""
        self._overrides.append({"at": at, **different})

    def generated(self, name: str) -> Generated:
        """The finished groups, of which the one called `name` is what a generator gives."""
        return Generated(name, {id: Group.model_validate(group.document()) for id, group in self.groups.items()})

    def build(self) -> Design:
        """The finished Design; raises DesignError where its form is at fault."""
        return read(
            {
                "format": FORMAT,
                "version": VERSION,
                "name": self.name,
                "description": self._doc or None,
                "task": self.task,
                **self._graph(),
                "facts": self._facts,
                "variables": self._variables,
                "groups": {id: group.document() for id, group in self.groups.items()},
                "ties": self._ties,
                "overrides": self._overrides,
            }
        )
