"""`python -m models_core.data PATH`: read and prepare one data set in a process of its own, and say what it holds.

With `--events -` every line of standard output is a JSON object: `progress` (`done`, `total`) while it goes, then
`result` (what the data set says of itself, and some samples) or `error` (`message`). Exit status 0, or 2 for data that
cannot be used. End of file on standard input ends it, so it never outlives whoever started it.
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
N_SAMPLES = 24


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
    parser.add_argument("--cache", type=Path, default=None, help="where prepared data is kept")
    parser.add_argument("--events", choices=["-"], help="write JSON lines to standard output")
    given = parser.parse_args(arguments)
    from . import Cache, DataError, open_dataset

    events = Events(sys.stdout)
    if given.events:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    progress = events.progress if given.events else (lambda done, total: None)
    try:
        options = json.loads(given.options)
        dataset = open_dataset(given.source, cache=Cache(given.cache), progress=progress, **options)
        found = {**dataset.to_json(), "content": dataset.content}
        found["preview"] = {name: dataset.preview(N_SAMPLES, name) for name in ("train", "test")}
    except (DataError, json.JSONDecodeError) as error:
        if given.events:
            events.send("error", message=str(error))
        else:
            print(f"error: {error}", file=sys.stderr)
        return 2
    if given.events:
        events.send("result", **found)
    else:
        json.dump({key: value for key, value in found.items() if key != "preview"}, sys.stdout, indent=2)
        print()
    return 0


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main())
