"""`papers`: the catalogue, one of its cards, or a check of what a paper says."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models_core import registry
from models_core.cli import OK
from models_core.papers import KEPT, Check, Lab, Result, card, run_check
from models_core.registry import Entry

from ._common import CommandError, show, table
from ._supervised import supervised

NOT_CONFIRMED = 1


def run(arguments: argparse.Namespace) -> int:
    """List the catalogue, show cards, or run checks; 1 where an exact check does not hold."""
    if arguments.action == "check":
        return _check(arguments)
    entries = _entries(arguments.ids)
    rows = [card(entry) for entry in entries]
    if not arguments.ids:
        rows += _others({row["title"] for row in rows})
    if arguments.json:
        show(rows)
    elif arguments.action == "show":
        for row in rows:
            _tell(row)
    else:
        table(
            [(row["id"], str(row["year"]), row["title"], _claim(row)) for row in rows],
            ("id", "year", "title", "claim"),
        )
    return OK


def _entries(ids: Sequence[str]) -> list[Entry]:
    return [registry.get("paper", id) for id in ids] or registry.all("paper")


def _others(known: set[str]) -> list[dict[str, Any]]:
    """Publications that entries stand for and that have no card yet; their claims have not been checked."""
    papers: dict[str, dict[str, Any]] = {}
    for kind in registry.PACKAGES:
        for entry in registry.all(kind):
            if entry.source is None or entry.source.title in known or kind == "paper":
                continue
            id = re.sub(r"[^a-z0-9]+", "-", entry.source.title.lower()).strip("-")
            paper = papers.setdefault(
                id, {"id": id, **vars(entry.source), "doc": "", "claim": "", "entries": [], "check": None, "checks": []}
            )
            paper["entries"].append(f"{kind}/{entry.id}")
    return sorted(papers.values(), key=lambda paper: (paper["year"], paper["title"]))


def _claim(row: dict[str, Any]) -> str:
    if row["check"]:
        return str(row["check"]["verdict"])
    return "identities and counts alone" if row["checks"] else "no card yet"


def _tell(row: dict[str, Any]) -> None:
    print(f"{row['title']} ({row['year']})\n  {row['doc']}\n  Says: {row['claim'] or 'nothing that could be measured'}")
    for one in row["checks"]:
        found = one["result"] or {
            "verdict": "run with every test" if one["level"] == "exact" else "not run yet",
            "figure": "",
        }
        print(f"  [{one['level']}] {one['doc']}\n    {found['verdict']} {found['figure']}".rstrip())
    print()


def _check(arguments: argparse.Namespace) -> int:
    teller = _Events() if arguments.events else _Words(silent=arguments.json)
    lab = Lab(
        data=dict(_place(text) for text in arguments.data),
        seeds=tuple(arguments.seeds),
        threads=arguments.threads,
        cache=arguments.cache,
        tell=teller.log,
    )
    level = arguments.level or ("exact" if not arguments.ids else None)
    todo = [
        (entry, one)
        for entry in _entries(arguments.ids)
        for one in entry.obj.checks(entry.id)
        if _wanted(one, level, arguments.check)
    ]
    if not todo:
        raise CommandError("no such check; `papers show ID` lists those of a paper")
    results = []
    for entry, one in todo:
        lab.seeds_used.clear()
        teller.begins(one)
        result = run_check(entry, one, lab)
        results.append(result)
        if one.level != "exact":
            result.write(Path(arguments.results) if arguments.results else KEPT)
        teller.found(result)
    if arguments.events:
        # Whoever reads them has the verdicts; the status says that the checks were run.
        return OK
    if arguments.json:
        show([asdict(result) for result in results])
    return NOT_CONFIRMED if any(one.level == "exact" and one.verdict != "confirmed" for one in results) else OK


class _Words:
    """What happens in words, for a person at a terminal."""

    def __init__(self, silent: bool) -> None:
        self.silent = silent

    def log(self, text: str) -> None:
        if not self.silent:
            print(text, flush=True)

    def begins(self, check: Check) -> None:
        self.log(f"{check.paper}: {check.doc}")

    def found(self, result: Result) -> None:
        self.log(f"  {result.verdict}: {result.figure} ({result.seconds:.1f} s)")


class _Events:
    """What happens as events, for a supervisor: when it says stop, or is gone, the check ends."""

    def __init__(self) -> None:
        self.emit = supervised()

    def log(self, text: str) -> None:
        self.emit("log", level="info", message=text)

    def begins(self, check: Check) -> None:
        self.emit("check", paper=check.paper, check=check.name, level=check.level, doc=check.doc)

    def found(self, result: Result) -> None:
        self.emit("verdict", **asdict(result))


def _wanted(check: Check, level: str | None, name: str | None) -> bool:
    return (level is None or check.level == level) and (name is None or check.name == name)


def _place(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals:
        raise CommandError(f"--data {text!r} names no file; write NAME=PATH")
    return name, path
