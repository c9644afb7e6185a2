"""`papers`: the publications that entries of the registry stand for."""

from __future__ import annotations

import argparse
import re
from typing import Any

from models_core import registry

from ._common import show, table


def run(arguments: argparse.Namespace) -> int:
    """Print every publication with its entries here; `check` is null while its claim has not been checked."""
    papers: dict[str, dict[str, Any]] = {}
    for kind in registry.PACKAGES:
        for entry in registry.all(kind):
            if entry.source is None:
                continue
            id = re.sub(r"[^a-z0-9]+", "-", entry.source.title.lower()).strip("-")
            paper = papers.setdefault(id, {"id": id, **vars(entry.source), "entries": [], "check": None})
            paper["entries"].append(f"{kind}/{entry.id}")
    rows = sorted(papers.values(), key=lambda paper: (paper["year"], paper["title"]))
    if arguments.json:
        show(rows)
        return 0
    table([(str(row["year"]), row["title"], ", ".join(row["entries"])) for row in rows], ("year", "title", "here"))
    return 0
