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
Place = tuple[str, str]
"""A group (empty: the design itself) and one of its nodes."""


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
    x: the first-order part of what it was. Parameters keep their names, and single instances their overrides. Raises
    CannotTransform where a node that is named is no residual stack, or there is none, or where an override puts
    something in place of a shortcut.
    """
    document = design.to_json()
    groups: dict[str, Graph] = document.setdefault("groups", {})
    left, faults = set(nodes), dict[str, str]()
    made: dict[str, str] = {}
    before, changed = _used(document), 0
    overrides: list[dict[str, Any]] = document.get("overrides", [])
    stands_in = [one["group"] for one in overrides if one.get("group")]
    met = [_met(one["at"].split("."), document, "", groups, stands_in) for one in overrides]
    along = set[Place]()
    for key, graph in (("", document), *list(groups.items())):
        for node in graph.get("nodes", ()):
            if node.get("repeat") is None or (nodes and node["id"] not in nodes):
                continue
            left.discard(node["id"])
            try:
                _widen(graph, node, groups, made, along)
                along.add((key, node["id"]))
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
    for override, places in zip(overrides, met, strict=True):
        if places & along:
            _follow(design.name, override, places, document, made, along)
    spare = before - _used(document)
    document["groups"] = {id: group for id, group in groups.items() if id not in spare}
    return read({**document, "name": f"{design.name}_shallow"})


def _widen(graph: Graph, node: Graph, groups: dict[str, Graph], made: dict[str, str], along: set[Place]) -> None:
    """Make a repeated node of a graph one whose repetitions all see what the first is given."""
    if node.get("group") is None:
        raise CannotTransform("it repeats a block, not a group; group it with a shortcut around it first")
    if node.get("history") is not None:
        raise CannotTransform("its repetitions hear all earlier ones, so that they cannot stand side by side")
    first = groups[node["group"]]["inputs"][0]["name"]
    fed = _sources(graph, node["id"], first)
    if len(fed) != 1:
        raise CannotTransform(f"its input {first} has nothing connected")
    node["group"] = _parallel(node["group"], groups, made, along)
    graph["edges"].append({"from": ".".join(fed[0]), "to": f"{node['id']}.{_given(groups[node['group']])}"})


def _parallel(id: str, groups: dict[str, Graph], made: dict[str, str], along: set[Place]) -> str:
    """The id of a group like this one with one more input, the last, which its branches see instead of its stream.

    The nodes on its shortcut are added to `along`.
    """
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
    wires = {
        (before, target) for (_, target), before in zip(stream, [start, *(end for end, _ in stream)], strict=False)
    }
    seen = 0
    for edge in graph["edges"]:
        source, target = _split(edge["from"]), _split(edge["to"])
        if source in passed and (source, target) not in wires and target[0] != "output":
            edge["from"] = f"input.{given}"
            seen += 1
    for (inner, _), _ in stream:
        node = nodes[inner]
        along.add((id, inner))
        if node.get("group") is not None:
            node["group"] = _parallel(node["group"], groups, made, along)
            graph["edges"].append({"from": f"input.{given}", "to": f"{inner}.{_given(groups[node['group']])}"})
            seen += 1
    if not seen:
        raise CannotTransform(f"the branches of group {id} do not see its stream, so they stand side by side already")
    graph["inputs"].append({"name": given})
    made[id] = _unused(f"{id[:50]}_parallel", set(groups))
    groups[made[id]] = graph
    return made[id]


def _follow(
    name: str, override: dict[str, Any], places: set[Place], document: Graph, made: dict[str, str], along: set[Place]
) -> None:
    """Change an override that meets shortcuts made parallel, so that it puts in their place what is parallel, too."""
    groups, where = document["groups"], f"{name}: the override at {override['at']}"
    if override.get("block") or override.get("generator") or override.get("mute"):
        raise CannotTransform(f"{where} breaks the shortcut; take it away, or leave out the stack that it is in")
    meets = [_node(document, groups, place) for place in sorted(places)]
    if override.get("bypass") and any(node.get("group") is None for node in meets):
        raise CannotTransform(f"{where} bypasses a sum on the shortcut; bypass the branch instead")
    if not override.get("group"):
        return
    if not places <= along:
        raise CannotTransform(f"{where} meets nodes that stay as they are, too; give each an override of its own")
    try:
        parallel = _parallel(override["group"], groups, made, along)
    except CannotTransform as error:
        raise CannotTransform(f"{where}: {error}") from None
    if any(node.get("group") is None or _given(groups[node["group"]]) != _given(groups[parallel]) for node in meets):
        raise CannotTransform(f"{where} puts a group there whose ports are named otherwise; rename its inputs")
    override["group"] = parallel


def _met(parts: list[str], graph: Graph, key: str, groups: dict[str, Graph], stands_in: list[str]) -> set[Place]:
    """The nodes that a path leads to; `stands_in` are the groups that overrides put in some node's place."""
    first, *rest = parts
    found = set[Place]()
    for node in graph.get("nodes", ()):
        if first not in ("*", node["id"]):
            continue
        indexed = node.get("repeat") is not None and rest and (rest[0] == "*" or rest[0].isdigit())
        inside = rest[1:] if indexed else rest
        if not inside:
            found.add((key, node["id"]))
            continue
        within = [part.get("group") for part in (node, *(node.get("choice") or {}).values())]
        for id in {id for id in (*within, *stands_in) if id in groups}:
            found |= _met(inside, groups[id], id, groups, stands_in)
    return found


def _node(document: Graph, groups: dict[str, Graph], place: Place) -> Graph:
    graph = groups[place[0]] if place[0] else document
    return next(node for node in graph["nodes"] if node["id"] == place[1])


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
    """The groups that are reached from the design's own graph, and those that overrides put in."""
    found = {one["group"] for one in document.get("overrides", ()) if one.get("group") in document["groups"]}
    todo = [document, *(document["groups"][id] for id in found)]
    while todo:
        for node in todo.pop().get("nodes", ()):
            for part in (node, *(node.get("choice") or {}).values()):
                id = part.get("group")
                if id is not None and id not in found and id in document["groups"]:
                    found.add(id)
                    todo.append(document["groups"][id])
    return found
