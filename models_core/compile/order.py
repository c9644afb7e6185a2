"""The running order of a graph's nodes, and the faults of its wiring."""

from __future__ import annotations

import heapq

from models_core.design.issues import Issue, Place
from models_core.design.schema import Graph, Node

Wires = dict[str, dict[str, list[tuple[str, str]]]]
"""For each node and each of its ports, the (node, port) pairs that feed it, in document order."""

CUT = ("", "")
"""Stands where a wire of a circle was cut."""


def order(graph: Graph, inputs: list[str], group: str | None, prefix: str) -> tuple[list[Node], Wires, list[Issue]]:
    """The nodes so that each comes after what feeds it, the wires by target, and the faults found.

    Dangling wires are left out of the answer and named in a fault; a wire that closes a circle is replaced by CUT.
    """
    issues: list[Issue] = []
    by_id: dict[str, Node] = {}
    for node in graph.nodes:
        if node.id in by_id:
            text = f"there are two nodes called {node.id}"
            issues.append(Issue(prefix + node.id, "duplicate", text, "rename one", at=Place(group, node.id)))
            continue
        by_id[node.id] = node
    outputs = {end.name for end in graph.outputs}
    wires: Wires = {}
    waits: dict[str, int] = dict.fromkeys(by_id, 0)
    feeds: dict[str, list[str]] = {id: [] for id in by_id}
    for edge in graph.edges:
        source, target = edge.source, edge.target
        fault = ""
        if source[0] == "input":
            if source[1] not in inputs:
                fault = f"there is no input {source[1]}"
        elif source[0] not in by_id:
            fault = f"there is no node {source[0]}"
        if target[0] == "output":
            if target[1] not in outputs:
                fault = fault or f"there is no output {target[1]}"
        elif target[0] not in by_id:
            fault = fault or f"there is no node {target[0]}"
        if fault:
            text = f"the wire {edge.from_} > {edge.to} hangs in the air: {fault}"
            place = Place(group, target[0] if target[0] in by_id else source[0])
            issues.append(Issue(prefix + place.node, "dangling_edge", text, "take the wire away", at=place))
            continue
        wires.setdefault(target[0], {}).setdefault(target[1], []).append(source)
        if source[0] in by_id and target[0] in by_id:
            waits[target[0]] += 1
            feeds[source[0]].append(target[0])
    ordered = _kahn(by_id, waits, feeds)
    while len(ordered) < len(by_id):
        cycle = _cycle(by_id.keys() - {node.id for node in ordered}, wires)
        text = f"these nodes feed each other in a circle: {' > '.join(cycle)}"
        place = Place(group, cycle[0])
        issues.append(Issue(prefix + cycle[0], "cycle", text, "take one of these wires away", at=place))
        # Cut where the circle closes, so that everything else keeps its place and its faults.
        for sources in wires[cycle[0]].values():
            for index, source in enumerate(sources):
                if source[0] == cycle[-2]:
                    sources[index] = CUT
                    waits[cycle[0]] -= 1
                    feeds[cycle[-2]].remove(cycle[0])
        ordered = _kahn(by_id, waits, feeds)
    return ordered, wires, issues


def _kahn(by_id: dict[str, Node], waits: dict[str, int], feeds: dict[str, list[str]]) -> list[Node]:
    """The nodes in an order that can run: of those that could be next, always the first of the document.

    So a branch is finished before the next is begun, as people write it by hand: fewer tensors are alive at once.
    """
    place = {id: at for at, id in enumerate(by_id)}
    ids = list(by_id)
    waits = dict(waits)
    ready = [place[id] for id, count in waits.items() if count == 0]
    ordered = []
    while ready:
        id = ids[heapq.heappop(ready)]
        ordered.append(by_id[id])
        for follower in feeds[id]:
            waits[follower] -= 1
            if waits[follower] == 0:
                heapq.heappush(ready, place[follower])
    return ordered


def _cycle(stuck: set[str], wires: Wires) -> list[str]:
    """A circle among nodes that each wait for another of them, first and last the same, in the wires' direction."""
    seen: list[str] = []
    at = min(stuck)
    while at not in seen:
        seen.append(at)
        at = next(node for sources in wires[at].values() for node, _ in sources if node in stuck)
    return [at, *reversed(seen[seen.index(at) :])]
