"""`registry [KIND]`: what there is to choose from."""

from __future__ import annotations

import argparse

from models_core import registry

from ._common import show, table


def run(arguments: argparse.Namespace) -> int:
    """Print entries by kind with their first sentence, or with --json all that a browser gets of them."""
    kinds = [arguments.kind] if arguments.kind else list(registry.PACKAGES)
    found = {kind: registry.all(kind) for kind in kinds}
    if arguments.json:
        # The one kind asked for as a list; all kinds by name.
        entries = {kind: [entry.to_json() for entry in every] for kind, every in found.items()}
        show(entries[arguments.kind] if arguments.kind else entries)
        return 0
    table(
        [(kind, entry.family, entry.id, entry.help) for kind, every in found.items() for entry in every],
        ("kind", "family", "id", "help"),
    )
    return 0
