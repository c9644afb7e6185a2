"""`sample DESIGN --data NAME`: a sample on its way through a network; with `--serve` many, for a page that asks.

A request is a line `{"id", "out", "design", "data", "options", "name", "split", "index", "weights", "seed"}`. While it
is worked on, `progress` events leave on stdout; then the answer is in the file `out` and `answer` says so, or `error`
says why not. Without a request for a while (`BLOCKYARD_SAMPLE_IDLE_SECONDS`), or at the end of stdin, the process ends.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from models_core.cli import OK, one_line
from models_core.design import read as read_design
from models_core.inspection import Request, Sampler
from models_core.training import device as devices
from models_core.training.events import Emitter, LineSink, clean
from models_core.training.faults import translate

from ._common import BAD, CommandError, design_of, object_of, show, table

PROGRESS_SECONDS = 0.2


def run(arguments: argparse.Namespace) -> int:
    """Print the figures of every value in running order, then what is remarkable."""
    devices.keep_freed_memory()
    if arguments.serve:
        return serve(arguments.cache)
    if arguments.design is None or arguments.data is None:
        raise CommandError("name a design and --data, such as: sample lenet5 --data digits")
    design, variables = design_of(arguments.design)
    request = Request(
        design,
        arguments.data,
        arguments.index,
        arguments.split,
        object_of(arguments.data_options, "--data-options"),
        variables=variables,
        weights=Path(arguments.weights) if arguments.weights else None,
        seed=arguments.seed,
    )
    found = Sampler(arguments.cache).answer(request)
    if arguments.json:
        show(found)
        return OK
    _print(found)
    return OK


def _print(found: dict[str, Any]) -> None:
    rows = [(f"input {name}", *_cells(found["values"][at])) for name, at in found["inputs"].items()]
    told = set(found["inputs"].values())
    for path, sides in found["nodes"].items():
        for port, at in sides["outputs"].items():
            if at not in told:
                told.add(at)
                rows.append((path if port == "out" else f"{path}.{port}", *_cells(found["values"][at])))
    table(rows, ("node", "shape", "mean", "std", "min", "max", "zero", "dead"), right=range(2, 8))
    sample = found["sample"]
    wanted = sample.get("label", sample.get("value"))
    print(f"\nsample {sample['index']:,} of {sample['size']:,}" + ("" if wanted is None else f": {wanted}"))
    for mark in found["marks"]:
        print(f"{mark['path']}: {mark['message']}")
    for note in found["notes"]:
        print(f"note: {note}")


def _cells(value: dict[str, Any]) -> tuple[str, ...]:
    figures = ["-" if value[name] is None else f"{value[name]:.4g}" for name in ("mean", "std", "min", "max")]
    dead = "" if value["channels"] is None else f"{value['dead']} of {value['channels']}"
    return "×".join(map(str, value["shape"])) or "1", *figures, f"{value['zeros']:.0%}", dead


# -- for a page ----------------------------------------------------------------------------------------------------


def serve(cache: str | None) -> int:
    """Answer requests one after the other."""
    emit = Emitter(LineSink(sys.stdout, broken=lambda: os._exit(OK)))
    sampler = Sampler(cache, download=False)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), name="requests", daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=sampler.limits.idle_seconds)
        except queue.Empty:
            return OK
        request: dict[str, Any] = {}
        try:
            request = json.loads(line)
            _answer(sampler, request, emit)
        except Exception as error:
            bad = isinstance(error, BAD)
            fault = None if bad else translate(error, 1)
            if not bad and fault is None:
                traceback.print_exc()
            emit("error", id=request.get("id"), message=one_line(fault or error), bad_input=bad or fault is not None)


def _listen(lines: queue.SimpleQueue[str]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in sys.stdin:
            if line.strip():
                lines.put(line)
    # Whoever asked is gone, so nobody waits for what is being worked on.
    os._exit(OK)


def _answer(sampler: Sampler, request: dict[str, Any], emit: Emitter) -> None:
    told = time.monotonic()

    def progress(what: str, done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            emit("progress", id=request["id"], what=what, done=done, total=total)

    weights = request.get("weights")
    found = sampler.answer(
        Request(
            read_design(request["design"]),
            request["data"],
            request["index"],
            request["split"],
            request.get("options") or {},
            request.get("name"),
            weights=Path(weights) if weights else None,
            seed=request.get("seed") or 0,
        ),
        progress,
    )
    Path(request["out"]).write_text(json.dumps(clean(found), ensure_ascii=False, allow_nan=False))
    emit("answer", id=request["id"])
