"""Older Design documents, brought to the current version step by step.

Every addition to the document is a new version, even where older ones need no change: who reads only the older is told
which version is needed, instead of being puzzled by a field.

2: nodes can be muted (`mute`), positions say that a hand placed them (`pinned`); a design may have a `budget` and keep
what was `ungrouped`.

3: a repeated node can hand all earlier values to one of its ports (`history`); a port of a group carries as many values
as it has wires; ties join whole nodes and know `*`; an output may be there for training alone (`weight`).

4: a node may be what a generator makes (`generator`); single instances may differ from their definition (`overrides`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .issues import DesignError, Issue

CURRENT = 4

STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: dict, 2: dict, 3: dict}
"""From a version to the next: `STEPS[1]` makes a version 2 of a version 1."""


def migrate(document: dict[str, Any]) -> dict[str, Any]:
    """The document in the current version; raises DesignError for a version that is not known here."""
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DesignError([Issue("version", "bad_version", f"version is {version!r}; it should be a whole number")])
    if version > CURRENT:
        text = f"the design is of version {version}; this Blockyard reads up to version {CURRENT}"
        raise DesignError([Issue("version", "newer_version", text, "update Blockyard to open it")])
    while version < CURRENT:
        document = {**STEPS[version](document), "version": version + 1}
        version += 1
    return document
