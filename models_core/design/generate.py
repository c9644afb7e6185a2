"""Generators: registered functions that make a group out of parameters, where the graph itself depends on them.

What a generator makes knows nothing of the design that it stands in but the facts of the data. Each group in it has a
key that names its content, so that what is equal is made, told and written out once, whatever asked for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from models_core import registry
from models_core.registry import BadParams

from .builder import Generated
from .schema import Alternative, Group, Node

SEPARATOR = "/"
"""Parts the key of a made group, `generator/group/content`; no id of a design has it."""


@dataclass(frozen=True)
class Made:
    """What a generator made: its groups by name, the one that stands for the whole, and each one's key."""

    name: str
    groups: Mapping[str, Group]
    keys: Mapping[str, str]

    @property
    def group(self) -> Group:
        return self.groups[self.name]

    @property
    def key(self) -> str:
        return self.keys[self.name]

    def to_json(self) -> dict[str, Any]:
        """`key`, and the groups by key, in which nodes name others by their keys, too."""
        groups = {
            self.keys[name]: group.model_dump(mode="json", exclude_defaults=True) for name, group in self.groups.items()
        }
        for group in groups.values():
            for node in group.get("nodes", []):
                for part in (node, *node.get("choice", {}).values()):
                    if part.get("group"):
                        part["group"] = self.keys[part["group"]]
        return {"key": self.key, "groups": groups}


def make(id: str, params: Mapping[str, Any]) -> Made:
    """What a generator makes of the parameters of its form; those of the group it gives are not among them.

    Raises UnknownEntry, and BadParams for what the form or the generator itself refuses.
    """
    entry = registry.get("generator", id)
    return _make(id, json.dumps(entry.check(params), sort_keys=True))


@lru_cache(maxsize=256)
def _make(id: str, params: str) -> Made:
    entry = registry.get("generator", id)
    try:
        made: Generated = entry.obj(**entry.check(json.loads(params)))
    except BadParams:
        raise
    except ValueError as error:
        raise BadParams({"params": str(error)}) from None
    ends = [end.name for end in made.group.inputs], [end.name for end in made.group.outputs]
    if ends != ([port.name for port in entry.inputs], [port.name for port in entry.outputs]):
        raise BadParams({"params": f"{id} has other ports with these than with its defaults, which it must not"})
    known: dict[str, str] = {}
    keys = {name: f"{id}{SEPARATOR}{name}{SEPARATOR}{content(made.groups.get, name, known)}" for name in made.groups}
    return Made(made.name, made.groups, keys)


def split(id: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters that the form of a generator has, and the others, which are its group's."""
    form = {param.name for param in registry.get("generator", id).params}
    return (
        {name: value for name, value in params.items() if name in form},
        {name: value for name, value in params.items() if name not in form},
    )


def content(find: Callable[[str], Group | None], name: str, known: dict[str, str] | None = None) -> str:
    """A digest of a group and of all groups inside, positions left out; `known` keeps what has been worked out."""
    known = {} if known is None else known
    if name not in known:
        known[name] = "itself"
        group = find(name)
        if group is not None:
            inside = {other: content(find, other, known) for other in sorted(set(_named(group)))}
            text = json.dumps([_plain(group), inside], sort_keys=True)
            known[name] = hashlib.sha256(text.encode()).hexdigest()[:12]
    return known[name]


def _plain(group: Group) -> dict[str, Any]:
    plain = group.model_dump(mode="json", exclude_defaults=True)
    for part in [*plain.get("nodes", []), *plain.get("inputs", []), *plain.get("outputs", [])]:
        part.pop("position", None)
    return plain


def _named(group: Group) -> Iterator[str]:
    for node in group.nodes:
        parts: list[Node | Alternative] = [node, *(node.choice or {}).values()]
        for part in parts:
            if part.group is not None:
                yield part.group
