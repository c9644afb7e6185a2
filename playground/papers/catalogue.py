"""The catalogue as the site shows it: its cards, made once in a process, and searching and counting them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from models_core import papers, registry
from models_core.registry import Entry
from playground.web.errors import ApiError

STATUSES = {
    "confirmed": "confirmed",
    "not-confirmed": "not confirmed",
    "inconclusive": "inconclusive",
    "unmeasured": "not measured yet",
    "identities": "identities alone",
    "stale": "stale",
}
"""What a paper's checks have come to, with its words; `stale` comes beside a verdict."""


@dataclass(frozen=True)
class Filters:
    """What somebody looks for; an empty text asks for nothing."""

    q: str = ""
    kind: str = ""
    year: str = ""
    family: str = ""
    status: str = ""


@dataclass(frozen=True)
class Card:
    """A paper's card, and what it is found by."""

    shown: dict[str, Any]
    facets: dict[str, tuple[str, ...]]
    text: str


@dataclass(frozen=True)
class Choice:
    """A value of a filter and how many papers it would leave."""

    value: str
    title: str
    count: int


@lru_cache(maxsize=1)
def cards() -> tuple[Card, ...]:
    """Every paper, the newest first. Made once: the code beneath and the results kept with it change with a restart."""
    made = (_card(entry) for entry in registry.all("paper"))
    return tuple(sorted(made, key=lambda card: (-card.shown["year"], card.shown["title"].lower())))


def find(id: str) -> Entry:
    """A paper's registry entry. ApiError 404."""
    entry = registry.find("paper", id)
    if entry is None:
        raise ApiError(404, "not_found", f"There is no paper {id!r} in the catalogue.", "id")
    return entry


def card(id: str) -> dict[str, Any]:
    """A paper's card. ApiError 404."""
    find(id)
    return next(one.shown for one in cards() if one.shown["id"] == id)


@lru_cache(maxsize=1)
def _by_entry() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for entry in registry.all("paper"):
        title = entry.source.title if entry.source else entry.title
        for name in entry.obj.entries:
            found.setdefault(name, []).append({"id": entry.id, "title": title})
    return found


def of_entry(kind: str, id: str) -> list[dict[str, str]]:
    """The papers an entry of the registry stands for, by id and title; no card is needed for it."""
    return _by_entry().get(f"{kind}/{id}", [])


def search(filters: Filters) -> list[dict[str, Any]]:
    """The cards that have every word somewhere and every value asked for."""
    return [card.shown for card in cards() if _matches(card, filters)]


def choices(filters: Filters) -> dict[str, list[Choice]]:
    """The values of each filter, and how many papers each would leave of what the other filters leave."""
    found = {}
    for name in FACETS:
        others = replace(filters, **{name: ""})
        counts = Counter(value for card in cards() if _matches(card, others) for value in card.facets[name])
        every = {value for card in cards() for value in card.facets[name]}
        if name == "status":
            order = [value for value in STATUSES if value in every]
        else:
            order = sorted(every, reverse=name == "year")
        found[name] = [Choice(value, _title(name, value), counts[value]) for value in order]
    return found


FACETS = tuple(field.name for field in fields(Filters) if field.name != "q")


def _matches(card: Card, filters: Filters) -> bool:
    wanted = ((name, getattr(filters, name)) for name in FACETS)
    if any(value and value not in card.facets[name] for name, value in wanted):
        return False
    return all(word in card.text for word in filters.q.lower().split())


def _title(name: str, value: str) -> str:
    return STATUSES[value] if name == "status" else value.replace("_", " ")


def _card(entry: Entry) -> Card:
    shown = papers.card(entry)
    main, checks = shown["check"], shown["checks"]
    if main:
        status = main["verdict"].replace(" ", "-")
    else:
        status = "unmeasured" if any(check["level"] != "exact" for check in checks) else "identities"
    entries = [registry.get(*name.split("/", 1)) for name in shown["entries"]]
    kinds = tuple(dict.fromkeys(one.kind for one in entries))
    shown |= {"kinds": list(kinds), "status": status, "stale": bool(main and main["stale"])}
    words = [shown[name] for name in ("id", "title", "authors", "year", "family", "doc", "claim")]
    words += [*shown["tags"], *shown["entries"], *(one.title for one in entries)]
    facets = {
        "kind": kinds,
        "year": (str(shown["year"]),),
        "family": (shown["family"],),
        "status": (status, "stale") if shown["stale"] else (status,),
    }
    return Card(shown, facets, " ".join(map(str, words)).lower())
