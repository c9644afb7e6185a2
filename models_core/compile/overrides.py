"""Overrides: what is different at single instances, found by path while a design is unfolded."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from models_core.design.issues import Issue
from models_core.design.schema import Alternative, Design, Graph, Group, Node, Override

from .bound import Scope
from .ties import STAR


class Overrides:
    """The overrides of a design; each knows at which paths it was met."""

    def __init__(self, overrides: Sequence[Override]) -> None:
        self.all = list(overrides)
        self.met: dict[str, list[Override]] = {}
        """What applies at a path, in the order of the document: where two set the same, the later one holds."""
        self._exact: dict[str, list[int]] = {}
        self._starred: dict[int, list[tuple[int, list[str]]]] = {}
        self._used: set[int] = set()
        for at, override in enumerate(self.all):
            parts = override.at.split(".")
            if STAR in parts:
                self._starred.setdefault(len(parts), []).append((at, parts))
            else:
                self._exact.setdefault(override.at, []).append(at)

    def apply(self, node: Node, path: str) -> Node:
        """The node as it is at a path."""
        if not self.all:
            return node
        found = list(self._exact.get(path, ()))
        if self._starred:
            parts = path.split(".")
            found += [at for at, pattern in self._starred.get(len(parts), ()) if _fits(pattern, parts)]
        if not found:
            return node
        self._used.update(found)
        chosen = [self.all[at] for at in sorted(found)]
        self.met.setdefault(path, []).extend(chosen)
        for override in chosen:
            node = _changed(node, override)
        return node

    def behind(self, path: str, param: str | None) -> str:
        """The path of the override that a fault at a path comes from, empty where none has a part in it."""
        node, _, last = path.rpartition(".")
        # What holds for all repetitions of a node was met at the node itself.
        for one in (path, node) if last.isdigit() else (path,):
            for override in reversed(self.met.get(one, [])):
                switched = param in ("bypass", "mute") and getattr(override, param) is not None
                if override.replaces or switched or param in override.params:
                    return override.at
        return ""

    def unmet(self, design: Design, root: Scope) -> Iterable[Issue]:
        """A fault for each that no node was met by; a warning where its node is there, but not unfolded at present."""
        missed = [override for at, override in enumerate(self.all) if at not in self._used]
        known = sorted(set(_paths(root))) if missed else []
        for override in missed:
            if _is_defined(design, design.groups, override.at.split(".")):
                text = (
                    f"the override at {override.at} meets nothing at present: fewer repetitions, or muted or bypassed"
                )
                yield Issue(override.at, "idle_override", text, "take it away if it is not needed", severity="warning")
                continue
            near = difflib.get_close_matches(override.at, known, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else "name a node by its path, such as layer1.0.conv"
            yield Issue(override.at, "bad_override", f"the override at {override.at} meets no node", hint)


def _fits(pattern: list[str], parts: list[str]) -> bool:
    return all(one in (STAR, part) for one, part in zip(pattern, parts, strict=True))


def _changed(node: Node, override: Override) -> Node:
    update: dict[str, object] = {
        name: value for name in ("bypass", "mute") if (value := getattr(override, name)) is not None
    }
    if override.replaces:
        update |= {"block": override.block, "group": override.group, "generator": override.generator}
        update |= {"choice": None, "pick": None, "params": override.params}
    elif node.choice is not None:
        update["choice"] = {
            name: one.model_copy(update={"params": {**one.params, **override.params}})
            for name, one in node.choice.items()
        }
    else:
        update["params"] = {**node.params, **override.params}
    return node.model_copy(update=update)


def _paths(scope: Scope) -> Iterable[str]:
    for item in scope.items:
        yield item.path
        yield from (leaf.path for leaf in item.leaves)
        for inner in item.scopes:
            yield inner.path
            yield from _paths(inner)


def _is_defined(graph: Graph, groups: Mapping[str, Group], parts: list[str]) -> bool:
    """Whether a path leads to a node of the document, whatever its repetitions are."""
    first, *rest = parts
    for node in graph.nodes:
        if first not in (STAR, node.id):
            continue
        inside = rest[1:] if node.repeat is not None and rest and (rest[0] == STAR or rest[0].isdigit()) else rest
        parts_of: list[Node | Alternative] = [node, *(node.choice or {}).values()]
        within = [groups[part.group] for part in parts_of if part.group and part.group in groups]
        if not inside or any(_is_defined(group, groups, inside) for group in within):
            return True
    return False
