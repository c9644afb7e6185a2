"""Groups as the names of nodes have them: `layer1.0.conv1` is node `conv1` of group instance `0` of `layer1`.

Equal sub-graphs are instances of one group, and where numbered ones are a chain, they are one node that is repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models_core.design.schema import RESERVED

from ._drawing import End

Json = dict[str, Any]
Path = tuple[str, ...]
OUT = "output"


@dataclass
class Nested:
    """The graph of a design, its groups, and of each node that could not keep its path the one that it has."""

    nodes: list[Json]
    edges: list[dict[str, str]]
    groups: dict[str, Json]
    moved: dict[str, str]


@dataclass
class _Part:
    """A node of some level, with the ports that stand for what comes in and what is used outside."""

    node: Json
    ports: list[tuple[End, str]]
    outputs: dict[End, str] = field(default_factory=dict)


def nested(nodes: list[Json], edges: list[dict[str, str]], titles: Mapping[str, str], *, flat: bool = False) -> Nested:
    """The design's graph with a group for each path that nodes are inside of, none if `flat`; `titles` names groups.

    A path whose nodes would, as one node, be fed by what they feed themselves becomes no group: a module that is used
    in several places.
    """
    return _Nesting(nodes, edges, titles, flat).result()


class _Nesting:
    def __init__(self, nodes: list[Json], edges: list[dict[str, str]], titles: Mapping[str, str], flat: bool) -> None:
        self.nodes = nodes
        self.titles = titles
        self.number = {node["id"]: at for at, node in enumerate(nodes)}
        self.fed: list[list[tuple[End, str]]] = [[] for _ in nodes]
        self.leaving: list[tuple[End, str]] = []
        self.used: dict[str, list[tuple[int, str]]] = {}
        """Of each node the edges that leave it: the number of the node that is fed, -1 for the design's output."""
        for edge in edges:
            source, (target, port) = _end(edge["from"]), _end(edge["to"])
            at = self.number.get(target, -1)
            (self.leaving if target == OUT else self.fed[at]).append((source, port))
            self.used.setdefault(source[0], []).append((at, source[1]))
        self.groups: dict[str, Json] = {}
        self.known: dict[str, str] = {}
        self.paths = [tuple(node["id"].split(".")) for node in nodes]
        self._dissolve(flat)

    def result(self) -> Nested:
        parts = self._parts((), range(len(self.nodes)))
        wires = _wires(parts, {}, self.leaving)
        pairs = ((node["id"], ".".join(path)) for node, path in zip(self.nodes, self.paths, strict=True))
        moved = {id: path for id, path in pairs if id != path}
        return Nested([part.node for part in parts.values()], wires, self.groups, moved)

    # -- what becomes a group --------------------------------------------------------------------------------------

    def _dissolve(self, flat: bool) -> None:
        """Shorten the paths of nodes that cannot be a group together, the innermost first."""
        members: dict[Path, list[int]] = {}
        for at, path in enumerate(self.paths):
            for size in range(1, len(path)):
                members.setdefault(path[:size], []).append(at)
        for scope in sorted(members, key=len, reverse=True):
            if flat or not self._closed(members[scope]):
                for at in members[scope]:
                    path = self.paths[at]
                    self.paths[at] = (*scope[:-1], f"{scope[-1]}_{path[len(scope)]}", *path[len(scope) + 1 :])
        self._tell_apart()

    def _closed(self, inside: list[int]) -> bool:
        """Whether nothing that they feed feeds them again by way of others."""
        members = set(inside)
        after: set[int] = set()
        for at in range(inside[0], inside[-1] + 1):
            before = [self.number.get(source, -1) for (source, _), _ in self.fed[at]]
            if at in members:
                if any(one in after for one in before):
                    return False
            elif any(one in members or one in after for one in before):
                after.add(at)
        return True

    def _tell_apart(self) -> None:
        """Give nodes another name whose path is another one's, or leads to others."""
        scopes = {path[:size] for path in self.paths for size in range(1, len(path))}
        taken: set[Path] = set()
        for at, path in enumerate(self.paths):
            number, free = 1, path
            while free in taken or free in scopes:
                number += 1
                free = (*path[:-1], f"{path[-1]}_{number}")
            taken.add(free)
            self.paths[at] = free

    # -- level by level --------------------------------------------------------------------------------------------

    def _parts(self, scope: Path, members: Iterable[int]) -> dict[str, _Part]:
        """The nodes of one level, by name."""
        inside: dict[str, list[int]] = {}
        for at in members:
            inside.setdefault(self.paths[at][len(scope)], []).append(at)
        made = {}
        for name, those in inside.items():
            path = (*scope, name)
            if len(those) == 1 and self.paths[those[0]] == path:
                node = {**self.nodes[those[0]], "id": name}
                outputs = {(self.nodes[those[0]]["id"], port): port for port in self._ports_used(those[0], set())}
                made[name] = _Part(node, self.fed[those[0]], outputs)
            else:
                made[name] = self._part(path, those)
        return made

    def _ports_used(self, at: int, inside: set[int]) -> list[str]:
        """The output ports of a node that feed others than those."""
        uses = self.used.get(self.nodes[at]["id"], [])
        return list(dict.fromkeys(port for target, port in uses if target not in inside))

    def _part(self, path: Path, members: list[int]) -> _Part:
        """Some nodes as one: an instance of a group, or a chain of equal ones."""
        parts = self._parts(path, members)
        ids, inside = {self.nodes[at]["id"] for at in members}, set(members)
        inputs: dict[End, str] = {}
        for part in parts.values():
            for source, port in part.ports:
                if source[0] not in ids and source not in inputs:
                    inputs[source] = _free("x" if port.startswith("xs") else port, inputs.values())
        outputs: dict[End, str] = {}
        for at in members:
            for port in self._ports_used(at, inside):
                outputs[self.nodes[at]["id"], port] = _free("out", outputs.values())
        chain = _chain(list(parts.values()), list(outputs))
        if chain is not None:
            run = list(parts.values())
            return _Part({**chain, "id": path[-1]}, run[0].ports, run[-1].outputs)
        graph = {
            "inputs": [{"name": name} for name in inputs.values()],
            "outputs": [{"name": name} for name in outputs.values()],
            "nodes": [part.node for part in parts.values()],
            "edges": _wires(parts, inputs, outputs.items()),
        }
        return _Part({"id": path[-1], "group": self._group(path, graph)}, list(inputs.items()), outputs)

    def _group(self, path: Path, graph: Json) -> str:
        """The id of the group with this graph, which may be known already."""
        text = json.dumps(graph, sort_keys=True)
        if text not in self.known:
            named = [part for part in path if not part.isdigit()]
            title = self.titles.get(".".join(path)) or "_".join(named[-1:] or path)
            self.known[text] = _free(re.sub(r"\W", "_", title, flags=re.ASCII)[:60], self.groups)
            self.groups[self.known[text]] = graph
        return self.known[text]


def _end(text: str) -> End:
    node, _, port = text.rpartition(".")
    return node, port


def _wires(
    parts: Mapping[str, _Part], inputs: Mapping[End, str], leaving: Iterable[tuple[End, str]]
) -> list[dict[str, str]]:
    """The wires of one level: to its nodes, and to its outputs."""
    ends = {end: (name, port) for name, part in parts.items() for end, port in part.outputs.items()}
    ends |= {end: ("input", name) for end, name in inputs.items()}
    fed = [(source, (name, port)) for name, part in parts.items() for source, port in part.ports]
    fed += [(source, (OUT, port)) for source, port in leaving]
    return [{"from": ".".join(ends.get(source, source)), "to": ".".join(target)} for source, target in fed]


def _free(name: str, taken: Iterable[str]) -> str:
    known, stem, number = set(taken), name if name not in RESERVED else f"{name}_", 1
    name = stem
    while name in known:
        number += 1
        name = f"{stem}_{number}"
    return name


def _chain(parts: list[_Part], outputs: list[End]) -> Json | None:
    """Parts 0, 1, 2, ... as one node that is repeated, if they are alike and each is fed by the one before."""
    first = {**parts[0].node, "repeat": len(parts)}
    del first["id"]
    if len(parts) < 2 or any(part.node["id"] != str(at) for at, part in enumerate(parts)):
        return None
    for part, before in zip(parts[1:], parts, strict=False):
        same = {**part.node, "repeat": len(parts)}
        del same["id"]
        if same != first or "repeat" in part.node or len(before.outputs) != 1 or len(part.ports) != len(before.ports):
            return None
        if not part.ports or part.ports[0][0] not in before.outputs or part.ports[1:] != before.ports[1:]:
            return None
        if [port for _, port in part.ports] != [port for _, port in before.ports]:
            return None
    last = parts[-1].outputs
    return first if set(outputs) == set(last) and "repeat" not in parts[0].node else None
