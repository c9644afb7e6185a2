"""`data-check`: read and prepare a data set, telling how far it is."""

from __future__ import annotations

import argparse

from models_core.data.__main__ import main


def run(arguments: argparse.Namespace) -> int:
    """Prepare the data as an upload is prepared; see `models_core.data.__main__` for its events."""
    given = [arguments.source, "--options", arguments.data_options]
    for name in ("name", "cache", "events"):
        if getattr(arguments, name):
            given += [f"--{name}", str(getattr(arguments, name))]
    return main(given)
