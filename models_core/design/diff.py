"""What differs between two designs: nodes, wires, variables, facts, groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .schema import Design, Graph, Group, Node

_NODE_PARTS = ("block", "group", "generator", "choice", "pick", "repeat", "history", "bypass", "mute")


def diff(before: Design, after: Design) -> dict[str, Any]:
    """What has to change in `before` to mean `after`.

    Nodes and wires of the design itself and of each group: those added, removed and changed, a change as
    `{part: [before, after]}` with parameters under `params.NAME`. Positions and labels are no difference.
    """
    groups = {}
    for name in {**before.groups, **after.groups}:
        old, new = before.groups.get(name), after.groups.get(name)
        if old is None or new is None:
            groups[name] = {"state": "added" if old is None else "removed"}
            continue
        change = _graphs(old, new)
        if change:
            groups[name] = {"state": "changed", **change}
    result: dict[str, Any] = _graphs(before, after)
    for part in ("variables", "facts"):
        change = _mappings(getattr(before, part), getattr(after, part))
        if change:
            result[part] = change
    ties = [[tie.param, tie.to] for tie in before.ties], [[tie.param, tie.to] for tie in after.ties]
    if ties[0] != ties[1]:
        result["ties"] = list(ties)
    if overrides := _mappings(_overrides(before), _overrides(after)):
        result["overrides"] = overrides
    if groups:
        result["groups"] = groups
    return result


def _overrides(design: Design) -> dict[str, Any]:
    """What holds at each path that an override names: of several for one path, all of them together."""
    found: dict[str, Any] = {}
    for one in design.overrides:
        plain = one.model_dump(mode="json", exclude_defaults=True, exclude={"at"})
        params = {**found.get(one.at, {}).get("params", {}), **plain.get("params", {})}
        found[one.at] = {**found.get(one.at, {}), **plain, **({"params": params} if params else {})}
    return found


def _graphs(before: Graph, after: Graph) -> dict[str, Any]:
    old = {node.id: node for node in before.nodes}
    new = {node.id: node for node in after.nodes}
    changed = {id: change for id in old.keys() & new.keys() if (change := _nodes(old[id], new[id]))}
    nodes = {
        "added": [id for id in new if id not in old],
        "removed": [id for id in old if id not in new],
        "changed": {id: changed[id] for id in old if id in changed},
    }
    wires = [(edge.from_, edge.to) for edge in before.edges], [(edge.from_, edge.to) for edge in after.edges]
    edges = {
        "added": [list(edge) for edge in wires[1] if edge not in wires[0]],
        "removed": [list(edge) for edge in wires[0] if edge not in wires[1]],
    }
    result: dict[str, Any] = {}
    if any(nodes.values()):
        result["nodes"] = nodes
    if any(edges.values()):
        result["edges"] = edges
    ends = _mappings(_ends(before), _ends(after))
    if ends:
        result["ends"] = ends
    if isinstance(before, Group) and isinstance(after, Group):
        params = _mappings(before.params, after.params)
        if params:
            result["params"] = params
    return result


def _ends(graph: Graph) -> dict[str, Any]:
    inputs: list[Any] = getattr(graph, "inputs", [])
    ends = {f"input.{end.name}": end.model_dump(exclude={"position", "doc"}) for end in inputs}
    weights = {end.name: getattr(end, "weight", None) for end in graph.outputs}
    return ends | {
        f"output.{name}": {"name": name} if weight is None else {"name": name, "weight": weight}
        for name, weight in weights.items()
    }


def _nodes(before: Node, after: Node) -> dict[str, Any]:
    change = {}
    for part in _NODE_PARTS:
        old, new = _plain(getattr(before, part)), _plain(getattr(after, part))
        if old != new:
            change[part] = [old, new]
    for name, pair in _mappings(before.params, after.params).items():
        change[f"params.{name}"] = pair
    return change


def _mappings(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    old = {name: _plain(value) for name, value in before.items()}
    new = {name: _plain(value) for name, value in after.items()}
    return {name: [old.get(name), new.get(name)] for name in {**old, **new} if old.get(name) != new.get(name)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.model_dump(mode="json", exclude={"doc"}) if hasattr(value, "model_dump") else value
