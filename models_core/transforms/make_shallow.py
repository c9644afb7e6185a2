"""Residual stacks made shallow: all branches side by side instead of one after the other."""

from __future__ import annotations

import copy
from typing import Annotated, Any

from models_core.design import Design, read
from models_core.registry import Doc, Source, register

from ._base import CannotTransform

Graph = dict[str, Any]
End = tuple[str, str]
"""A node and one of its ports."""


@register(
    "transform",
    id="make_shallow",
    family="depth",
    tags=("residual", "depth", "parallel", "wide"),
    source=Source(
        "Bernhard Bermeitinger, Tomas Hrycej, Siegfried Handschuh",
        "Make Deep Networks Shallow Again",
        2023,
        "https://arxiv.org/abs/2309.08414",
    ),
)
def make_shallow(
    design: Design,
    /,
    nodes: Annotated[
        list[str], Doc("Ids of the repeated nodes to change; empty: every one that is a residual stack.")
    ] = [],  # noqa: B006  # the form's default, which nothing changes
) -> Design:
    """Puts the branches of residual stacks side by side: each sees what the stack is given, and all are added to it.

    Where a repeated group computes x + F(x), or several such steps, the stack becomes x plus the sum of all branches of
    x: the first-order part of what it was. Parameters keep their names. Raises CannotTransform where a node that is
    named is no residual stack, or there is none.
    """
    document = design.to_json()
    groups: dict[str, Graph] = document.setdefault("groups", {})
    left, faults = set(nodes), dict[str, str]()
    made: dict[str, str] = {}
    before, changed = _used(document), 0
    for graph in (document, *list(groups.values())):
        for node in graph.get("nodes", ()):
            if node.get("repeat") is None or (nodes and node["id"] not in nodes):
                continue
            left.discard(node["id"])
            try:
                _widen(graph, node, groups, made)
                changed += 1
            except CannotTransform as error:
                faults[node["id"]] = str(error)
    for id in sorted(left):
        faults[id] = "there is no repeated node of that id"
    if faults and (nodes or not changed):
        id, text = next(iter(faults.items()))
        raise CannotTransform(f"{design.name}: {id}: {text}")
    if not changed:
        raise CannotTransform(
            f"{design.name} repeats nothing; put the unit of a residual stack in a group and repeat it"
        )
    spare = before - _used(document)
    document["groups"] = {id: group for id, group in groups.items() if id not in spare}
    return read({**document, "name": f"{design.name}_shallow"})


def _widen(graph: Graph, node: Graph, groups: dict[str, Graph], made: dict[str, str]) -> None:
    """Make a repeated node of a graph one whose repetitions all see what the first is given."""
    if node.get("group") is None:
        raise CannotTransform("it repeats a block, not a group; group it with a shortcut around it first")
    if node.get("history") is not None:
        raise CannotTransform("its repetitions hear all earlier ones, so that they cannot stand side by side")
    first = groups[node["group"]]["inputs"][0]["name"]
    fed = _sources(graph, node["id"], first)
    if len(fed) != 1:
        raise CannotTransform(f"its input {first} has nothing connected")
    node["group"] = _parallel(node["group"], groups, made)
    graph["edges"].append({"from": ".".join(fed[0]), "to": f"{node['id']}.{_given(groups[node['group']])}"})


def _parallel(id: str, groups: dict[str, Graph], made: dict[str, str]) -> str:
    """The id of a group like this one with one more input, the last, which its branches see instead of its stream."""
    if id in made:
        return made[id]
    graph = copy.deepcopy(groups[id])
    if not graph.get("inputs") or not graph.get("outputs"):
        raise CannotTransform(f"group {id} has no input or no output")
    start: End = ("input", graph["inputs"][0]["name"])
    ends = _sources(graph, "output", graph["outputs"][0]["name"])
    stream = _stream(graph, ends[0], start, groups) if ends else None
    if not stream:
        text = f"what leaves group {id} is not what came in with something added"
        raise CannotTransform(f"{text}; its last node must be an add, always on, that the shortcut leads to")
    given = _unused("given", {end["name"] for end in graph["inputs"]})
    nodes = {node["id"]: node for node in graph["nodes"]}
    passed = {start, *(end for end, _ in stream)}
    along = {
        (before, target) for (_, target), before in zip(stream, [start, *(end for end, _ in stream)], strict=False)
    }
    seen = 0
    for edge in graph["edges"]:
        source, target = _split(edge["from"]), _split(edge["to"])
        if source in passed and (source, target) not in along and target[0] != "output":
            edge["from"] = f"input.{given}"
            seen += 1
    for (inner, _), _ in stream:
        node = nodes[inner]
        if node.get("group") is not None:
            node["group"] = _parallel(node["group"], groups, made)
            graph["edges"].append({"from": f"input.{given}", "to": f"{inner}.{_given(groups[node['group']])}"})
            seen += 1
    if not seen:
        raise CannotTransform(f"the branches of group {id} do not see its stream, so they stand side by side already")
    graph["inputs"].append({"name": given})
    made[id] = _unused(f"{id[:50]}_parallel", set(groups))
    groups[made[id]] = graph
    return made[id]


def _stream(graph: Graph, end: End, start: End, groups: dict[str, Graph]) -> list[tuple[End, End]] | None:
    """The way from `start` to `end` over sums and residual groups: of each its output, and where it is entered.

    None where there is no such way. Each node is gone to once, for sums of sums have more ways than can be tried.
    """
    nodes = {node["id"]: node for node in graph.get("nodes", ())}
    seen = set[str]()
    todo: list[tuple[End, tuple[Any, ...]]] = [(end, ())]
    while todo:
        here, way = todo.pop()
        if here == start:
            found = []
            while way:
                step, way = way
                found.append(step)
            return found
        node = nodes.get(here[0])
        if node is None or here[0] in seen or node.get("history") is not None or node.get("mute"):
            continue
        seen.add(here[0])
        if node.get("block") == "add" and node.get("repeat") is None:
            port = "xs"
        elif node.get("group") is not None and groups[node["group"]].get("inputs") and _is_residual(node, groups):
            port = groups[node["group"]]["inputs"][0]["name"]
        else:
            continue
        sources = _sources(graph, here[0], port)
        # A bypassed node hands on the first of what it is given, which must be what the shortcut carries.
        kept = sources[:1] if node.get("bypass") else sources
        todo += [(source, ((here, (here[0], port)), way)) for source in reversed(kept)]
    return None


def _is_residual(node: Graph, groups: dict[str, Graph]) -> bool:
    graph = groups[node["group"]]
    ends = _sources(graph, "output", graph["outputs"][0]["name"]) if graph.get("outputs") else []
    return bool(ends and _stream(graph, ends[0], ("input", graph["inputs"][0]["name"]), groups))


def _given(graph: Graph) -> str:
    return str(graph["inputs"][-1]["name"])


def _sources(graph: Graph, node: str, port: str) -> list[End]:
    return [_split(edge["from"]) for edge in graph.get("edges", ()) if edge["to"] == f"{node}.{port}"]


def _split(end: str) -> End:
    node, _, port = end.partition(".")
    return node, port


def _unused(name: str, taken: set[str]) -> str:
    at, free = 1, name
    while free in taken:
        at += 1
        free = f"{name}{at}"
    return free


def _used(document: Graph) -> set[str]:
    """The groups that are reached from the design's own graph."""
    found, todo = set[str](), [document]
    while todo:
        for node in todo.pop().get("nodes", ()):
            for part in (node, *(node.get("choice") or {}).values()):
                id = part.get("group")
                if id is not None and id not in found and id in document["groups"]:
                    found.add(id)
                    todo.append(document["groups"][id])
    return found
