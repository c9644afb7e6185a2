"""Events of a run: what happens, as JSON lines."""

from __future__ import annotations

import contextlib
import json
import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

Event = dict[str, Any]
Sink = Callable[[Event], None]


def clean(value: Any, path: str = "", nonfinite: list[str] | None = None) -> Any:
    """Plain JSON values; NaN and infinity become None and their paths are added to `nonfinite`."""
    if isinstance(value, Mapping):
        return {str(key): clean(item, f"{path}.{key}" if path else str(key), nonfinite) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item, f"{path}.{index}" if path else str(index), nonfinite) for index, item in enumerate(value)]
    if isinstance(value, bool | int | str) or value is None:
        return value
    if hasattr(value, "item") and not isinstance(value, float):
        value = value.item()
        if not isinstance(value, float):
            return value
    if not math.isfinite(value):
        if nonfinite is not None:
            nonfinite.append(path)
        return None
    return float(value)


def encode(event: Mapping[str, Any]) -> str:
    """An event as one line of JSON. NaN and infinity become null, and `nonfinite` lists where they were.

    Inside `values`, `metrics` and the like the mark is the name alone, as in `["train/loss"]`.
    """
    marks: list[str] = []
    plain = clean(event, "", marks)
    if marks:
        plain["nonfinite"] = [mark.partition(".")[2] if "." in mark else mark for mark in marks]
    return json.dumps(plain, separators=(",", ":"), allow_nan=False)


class Emitter:
    """Stamps events with the time and hands them to every sink, from any thread, one at a time."""

    def __init__(self, *sinks: Sink) -> None:
        self.sinks = list(sinks)
        self._lock = threading.Lock()

    def __call__(self, type: str, **fields: Any) -> None:
        event = {"type": type, "t": round(time.time(), 3), **fields}
        with self._lock:
            for sink in self.sinks:
                sink(event)


class LineSink:
    """Writes events as lines to a stream; when the reader is gone it calls `broken` once and is silent from then on."""

    def __init__(self, stream: IO[str], broken: Callable[[], None] = lambda: None) -> None:
        self.stream = stream
        self.broken = broken
        self.open = True

    def __call__(self, event: Event) -> None:
        if not self.open:
            return
        try:
            self.stream.write(encode(event) + "\n")
            self.stream.flush()
        except (BrokenPipeError, ValueError, OSError):
            self.open = False
            self.broken()


class MetricsFile:
    """`metrics.jsonl`: the metric rows of a run, without gaps and without repeats, over all its attempts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def rewind(self, step: int, evaluated: int, source: Path | None = None) -> None:
        """Keep rows up to `step` and tests up to step `evaluated`, taken from `source` where that is another file."""
        kept: list[str] = []
        origin = source or self.path
        with contextlib.suppress(FileNotFoundError):
            for line in origin.read_text().splitlines() if step else ():
                # The last line may be cut short where the process was killed.
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    row = json.loads(line)
                    is_test = any(name.startswith("test/") for name in row["values"])
                    if row["step"] <= (evaluated if is_test else step):
                        kept.append(line)
        temp = self.path.with_suffix(f".{os.getpid()}.tmp")
        temp.write_text("".join(line + "\n" for line in kept))
        os.replace(temp, self.path)
        self._file = self.path.open("a")

    def __call__(self, event: Event) -> None:
        if event["type"] == "metrics" and self._file is not None:
            self._file.write(encode(event) + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
