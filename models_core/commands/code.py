"""`code DESIGN`: a design as Python source."""

from __future__ import annotations

import argparse
from pathlib import Path

from models_core.compile import bind
from models_core.compile.code import CannotBundle, source

from ._common import CommandError, design_of, facts_of, show


def run(arguments: argparse.Namespace) -> int:
    """Print a design's source code, or write it to a file."""
    design, variables = design_of(arguments.design)
    try:
        text = source(bind(design, facts_of(arguments), variables))
    except CannotBundle as error:
        raise CommandError(str(error)) from None
    if arguments.out:
        try:
            Path(arguments.out).write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{arguments.out} cannot be written: {error.strerror}") from None
    if arguments.json:
        show({"python": text, "file": arguments.out})
    elif not arguments.out:
        print(text, end="")
    return 0
