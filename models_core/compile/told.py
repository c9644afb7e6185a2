"""What is said of the faults that were found: each once, and how bad it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from models_core.design.issues import Issue

from .bound import BoundNode


def told_once(issues: Iterable[Issue], nodes: Iterable[BoundNode]) -> list[Issue]:
    """One issue per fault of the document, however many instances show it; a warning where no output is hurt."""
    nodes = list(nodes)
    live, dead = (
        _with_parents(node.path for node in nodes if (node.live or node.training) is state) for state in (True, False)
    )
    told: dict[tuple[Any, ...], Issue] = {}
    for issue in issues:
        if issue.path in dead and issue.path not in live:
            issue = dataclasses.replace(issue, severity="warning")
        place = issue.at or issue.path
        told.setdefault((place, issue.code, issue.message, issue.port, issue.param, issue.severity), issue)
    return list(told.values())


def _with_parents(paths: Iterable[str]) -> set[str]:
    known: set[str] = set()
    for path in paths:
        while path and path not in known:
            known.add(path)
            path = path.rpartition(".")[0]
    return known
