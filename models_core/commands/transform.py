"""`transform ID DESIGN`: a design made into another one."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from models_core import registry
from models_core.design import Design, read

from ._common import CommandError, design_of, literal


def run(arguments: argparse.Namespace) -> int:
    """Print the design that a transform makes of another, or write it to a file."""
    entry = registry.get("transform", arguments.transform)
    design, variables = design_of(arguments.design)
    params = {}
    for text in arguments.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(f"--set {text}: write FIELD=VALUE")
        params[name.strip()] = literal(value)
    made: Design = entry.obj(_with(design, variables), **entry.check(params))
    document = json.dumps(made.to_json(), indent=1)
    if arguments.out:
        try:
            Path(arguments.out).write_text(document + "\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{arguments.out} cannot be written: {error.strerror}") from None
    if arguments.json or not arguments.out:
        print(document)
    return 0


def _with(design: Design, values: dict[str, object]) -> Design:
    """The design with other values of its variables."""
    document = design.to_json()
    for name, value in values.items():
        if name not in design.variables:
            known = ", ".join(design.variables) or "none"
            raise CommandError(f"{design.name} has no variable {name}; it has: {known}")
        document["variables"][name]["value"] = value
    return read(document)
