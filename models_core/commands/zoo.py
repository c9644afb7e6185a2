"""`zoo`: published architectures and what they cost."""

from __future__ import annotations

import argparse
from typing import Any

from models_core import registry
from models_core.analysis import analyze

from ._common import show, table


def run(arguments: argparse.Namespace) -> int:
    """Print every design of the zoo with its task, parameters and multiply-adds."""
    rows: list[dict[str, Any]] = []
    for entry in registry.all("design"):
        design = entry.obj()
        report = analyze(design)
        rows.append(
            {
                "id": entry.id,
                "title": entry.title,
                "family": entry.family,
                "help": entry.help,
                "task": design.task,
                "params": report.total["params"],
                "macs": report.total["macs"],
                "variables": {name: variable.value for name, variable in design.variables.items()},
                "source": vars(entry.source) if entry.source else None,
            }
        )
    if arguments.json:
        show(rows)
        return 0
    for row in rows:
        row["task"] = row["task"] or "none"
    table(
        [(row["id"], f"{row['params']:,}", f"{row['macs'] / 1e6:,.1f} M", row["task"], row["help"]) for row in rows],
        ("design", "parameters", "MACs", "task", "what it is"),
        right=(1, 2),
    )
    return 0
