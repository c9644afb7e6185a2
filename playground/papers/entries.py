"""What there is of a paper here, as its page shows it: designs and blocks with their figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from models_core import registry
from models_core.design import generate
from playground.designs import help, zoo
from playground.designs.picture import picture, picture_inside

MAX_GROUPS = 3
# A group of one node is its picture's one box.
LEAST_NODES = 2


def shown(names: list[str]) -> list[dict[str, Any]]:
    """The entries of a card, designs first, each with its help and figures; a design also with what it costs."""
    entries = [dict(_entry(name, tuple(names))) for name in names]
    for entry in entries:
        if entry["kind"] == "design":
            entry["cost"] = zoo.figures(entry["id"], wait=True)
    return sorted(entries, key=lambda entry: entry["kind"] != "design")


@lru_cache(maxsize=1024)
def _entry(name: str, beside: tuple[str, ...]) -> dict[str, Any]:
    kind, _, id = name.partition("/")
    entry = registry.get(kind, id)
    made = {"kind": kind, "id": id, "title": entry.title, "help": entry.help, "formula": [], "figures": []}
    if kind == "design":
        document = zoo.document(id)
        made["figures"] = [{"svg": picture(document), "of": ""}, *_groups(document)]
    elif kind == "generator":
        group = generate.make(id, {}).group.model_dump(mode="json")
        made["figures"] = [{"svg": _picture(group, entry.title), "of": "as it is made by default"}]
    elif kind == "block":
        about = help.of_block(id)
        made["formula"] = about["formula"]
        made["figures"] = _of_block(entry, about["inside"], beside)
    return made


def _groups(document: dict[str, Any]) -> list[dict[str, str]]:
    """The largest groups of a design, each opened."""
    groups = [(name, group) for name, group in (document.get("groups") or {}).items()]
    groups = [one for one in groups if len(one[1].get("nodes") or []) >= LEAST_NODES]
    groups.sort(key=lambda one: -len(one[1]["nodes"]))
    return [{"svg": _picture(group, name), "of": name} for name, group in groups[:MAX_GROUPS]]


def _of_block(entry: registry.Entry, inside: dict[str, Any] | None, beside: tuple[str, ...]) -> list[dict[str, str]]:
    """What a composed block is made of; else the group of one of the paper's designs in which it stands."""
    if inside is not None:
        return [{"svg": picture_inside(inside, entry.title), "of": "inside"}]
    for kind, _, id in (name.partition("/") for name in beside):
        groups = (zoo.document(id).get("groups") or {}) if kind == "design" else {}
        for name, group in groups.items():
            if entry.id in _blocks(group.get("nodes")):
                return [{"svg": _picture(group, name), "of": f"{name} of {registry.get('design', id).title}"}]
    return []


def _picture(group: dict[str, Any], name: str) -> str:
    return picture({**group, "name": name})


def _blocks(value: Any) -> Iterator[str]:
    """The blocks that nodes name, also as one of several to choose from."""
    if isinstance(value, dict):
        if isinstance(value.get("block"), str):
            yield value["block"]
        for item in value.values():
            yield from _blocks(item)
    elif isinstance(value, list):
        for item in value:
            yield from _blocks(item)
