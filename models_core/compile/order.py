"""The running order of a graph's nodes, and the faults of its wiring."""

from __future__ import annotations

from collections import deque

from models_core.design.issues import Issue, Place
from models_core.design.schema import Graph, Node

Wires = dict[str, dict[str, list[tuple[str, str]]]]
"""For each node and each of its ports, the (node, port) pairs that feed it, in document order."""


def order(graph: Graph, inputs: list[str], group: str | None, prefix: str) -> tuple[list[Node], Wires, list[Issue]]:
    """The nodes so that each comes after what feeds it, the wires by target, and the faults found.

    Dangling wires and wires of a cycle are left out of the answer and named in a fault; nodes in a cycle come last.
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
    ready = deque(id for id, count in waits.items() if count == 0)
    ordered: list[Node] = []
    while ready:
        id = ready.popleft()
        ordered.append(by_id[id])
        for follower in feeds[id]:
            waits[follower] -= 1
            if waits[follower] == 0:
                ready.append(follower)
    stuck = {id for id, count in waits.items() if count > 0}
    if stuck:
        cycle = _cycle(stuck, wires)
        text = f"these nodes feed each other in a circle: {' > '.join(cycle)}"
        issues.append(
            Issue(prefix + cycle[0], "cycle", text, "take one of these wires away", at=Place(group, cycle[0]))
        )
        for id in stuck:
            for port, sources in wires.get(id, {}).items():
                wires[id][port] = [source for source in sources if source[0] not in stuck] or [("", "")]
            ordered.append(by_id[id])
    return ordered, wires, issues


def _cycle(stuck: set[str], wires: Wires) -> list[str]:
    def previous(id: str) -> str:
        return next(node for sources in wires[id].values() for node, _ in sources if node in stuck)

    seen: list[str] = []
    at = min(stuck)
    while at not in seen:
        seen.append(at)
        at = previous(at)
    return [*reversed(seen[seen.index(at) :]), seen[-1]] if seen else []
