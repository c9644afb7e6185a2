"""`papers`: the catalogue, one of its cards, or a check of what a paper says."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models_core import registry
from models_core.cli import OK
from models_core.papers import KEPT, Check, Lab, card, run_check
from models_core.registry import Entry

from ._common import CommandError, show, table

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
    lab = Lab(
        data=dict(_place(text) for text in arguments.data),
        seeds=tuple(arguments.seeds),
        threads=arguments.threads,
        cache=arguments.cache,
        tell=lambda text: _say(arguments, {"type": "log", "text": text}),
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
        _say(arguments, {"type": "check", "paper": entry.id, "check": one.name, "text": f"{entry.id}: {one.doc}"})
        result = run_check(entry, one, lab)
        results.append(result)
        if one.level != "exact":
            result.write(Path(arguments.results) if arguments.results else KEPT)
        text = f"  {result.verdict}: {result.figure} ({result.seconds:.1f} s)"
        _say(arguments, {"type": "result", "text": text, **asdict(result)})
    if arguments.json and not arguments.events:
        show([asdict(result) for result in results])
    return NOT_CONFIRMED if any(one.level == "exact" and one.verdict != "confirmed" for one in results) else OK


def _wanted(check: Check, level: str | None, name: str | None) -> bool:
    return (level is None or check.level == level) and (name is None or check.name == name)


def _place(text: str) -> tuple[str, str]:
    name, equals, path = text.partition("=")
    if not equals:
        raise CommandError(f"--data {text!r} names no file; write NAME=PATH")
    return name, path


def _say(arguments: argparse.Namespace, event: dict[str, Any]) -> None:
    if arguments.events:
        print(json.dumps(event, ensure_ascii=False))
    elif not arguments.json:
        print(event["text"])
    sys.stdout.flush()
