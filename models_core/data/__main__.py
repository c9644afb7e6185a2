"""`python -m models_core.data PATH`: read and prepare one data set in a process of its own, and say what it holds.

With `--events -` every line of standard output is a JSON object: `progress` (`done`, `total`) while it goes, then
`result` (what the data set says of itself) or `error` (`message`, and the columns of a CSV file to choose from). Exit
status 0, or 2 for data that cannot be used. End of file on standard input ends it, so it ends with its parent.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

PROGRESS_SECONDS = 0.25


class Events:
    """Writes events as JSON lines; progress at most a few times a second."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.last = 0.0

    def send(self, type: str, **values: Any) -> None:
        line = json.dumps({"type": type, "t": time.time(), **values}, allow_nan=False)
        self.stream.write(line + "\n")
        self.stream.flush()

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.last >= PROGRESS_SECONDS or done == total:
            self.last = now
            self.send("progress", done=done, total=total)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m models_core.data", description="Read and check a data set.")
    parser.add_argument("source", help="a built-in name or a file")
    parser.add_argument("--options", default="{}", help="the reader's options as JSON")
    parser.add_argument("--name", default=None, help="what the file is called, where its path does not tell")
    parser.add_argument("--cache", type=Path, default=None, help="where prepared data is kept")
    parser.add_argument("--events", choices=["-"], help="write JSON lines to standard output")
    given = parser.parse_args(arguments)
    from . import DataError, open_dataset

    events = Events(sys.stdout)
    if given.events:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    progress = events.progress if given.events else (lambda done, total: None)
    try:
        options = json.loads(given.options)
        dataset = open_dataset(given.source, cache=given.cache, name=given.name, progress=progress, options=options)
        found = {**dataset.to_json(), "content": dataset.content}
    except (DataError, json.JSONDecodeError) as error:
        if given.events:
            events.send("error", message=str(error), columns=_columns(given.source))
        else:
            print(f"error: {error}", file=sys.stderr)
        return 2
    if given.events:
        events.send("result", **found)
    else:
        json.dump(found, sys.stdout, indent=2)
        print()
    return 0


def _columns(source: str) -> list[dict[str, Any]]:
    """The columns of a CSV file that could not be used, so that the right ones can be chosen; else none."""
    from . import DataError, columns_of

    path = Path(source)
    if path.suffix.lower() not in (".csv", ".tsv"):
        return []
    try:
        return columns_of(path, most=2000)
    except (DataError, OSError):
        return []


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main())
