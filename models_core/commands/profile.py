"""`profile DESIGN|DIR`: how long a network takes, and how much memory."""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch

from models_core.analysis import Report, analyze
from models_core.compile import build
from models_core.model import RUN, Model
from models_core.profiling.profile import BACKENDS, Wanted, profile
from models_core.training import device as devices
from models_core.training import memory

from ._common import CommandError, design_of, facts_of, show, table, use_threads
from ._supervised import supervised

DOCUMENT, LATENCY, NODES = "profile.json", "latency.csv", "nodes.csv"


def run(arguments: argparse.Namespace) -> int:
    """Print latency and memory per backend and batch size, and time and memory of each node."""
    emit = supervised() if arguments.events else None
    report, module = _network(arguments)
    wanted = Wanted(
        batches=list(dict.fromkeys(arguments.batch)),
        backends=BACKENDS if arguments.backend == "all" else (arguments.backend,),
        repeats=arguments.repeats,
        warmup=arguments.warmup,
        seconds=arguments.seconds,
        threads=use_threads(report.bound, max(arguments.batch), arguments.threads),
        device=str(devices.choose(arguments.device)),
    )
    if emit is not None:
        emit(
            "start",
            device=devices.describe(torch.device(wanted.device)),
            threads=wanted.threads,
            params=report.total["params"],
            total_steps=wanted.steps,
        )
    tell = _progress(emit, wanted) if emit is not None else _silent
    document = profile(module, report, wanted, tell)
    if arguments.out:
        _write(Path(arguments.out), document)
    if emit is not None:
        for note in document["notes"]:
            emit("log", level="warning", message=note)
        _emit_latency(emit, document)
        emit("progress", step=wanted.steps, total_steps=wanted.steps, eta_s=0)
        emit("profile", **document)
    elif arguments.json:
        show(document)
    else:
        _print(document)
    return 0


def _silent(text: str, step: int) -> None:
    pass


def _progress(emit: Callable[..., None], wanted: Wanted) -> Callable[[str, int], None]:
    began = time.perf_counter()

    def tell(text: str, step: int) -> None:
        left = (time.perf_counter() - began) / step * (wanted.steps - step) if step else None
        emit("log", level="info", message=text)
        emit("progress", step=step, total_steps=wanted.steps, eta_s=None if left is None else round(left, 1))

    return tell


def _emit_latency(emit: Callable[..., None], document: dict[str, Any]) -> None:
    """The figure that stands for the design elsewhere: of one sample in PyTorch, as a training measures it."""
    for one in document["latency_ms"]:
        if (one["backend"], one["batch"]) == ("eager", 1):
            emit("latency", **{name: one[name] for name in ("batch", "backend", "p50_ms", "p95_ms", "samples_per_s")})


def _network(arguments: argparse.Namespace) -> tuple[Report, torch.fx.GraphModule]:
    module = None
    if os.path.isfile(os.path.join(arguments.design, RUN)):
        model = Model.read(arguments.design)
        report, module = analyze(model.design, model.bound.facts, model.bound.variables), model.module
    else:
        design, variables = design_of(arguments.design)
        report = analyze(design, facts_of(arguments), variables)
    if report.errors:
        return report, build(report.bound)  # which raises them in its own words
    # The exported file and onnxruntime have the weights once more each.
    copies = 1 if arguments.backend == "eager" else 3
    batch = max(arguments.batch)
    wanted = memory.forward(report, batch, copies)
    name = report.bound.design.name
    memory.keep(wanted, f"a batch of {batch:,} through {name}", "make the batch or the design smaller")
    return report, module or build(report.bound, in_place=True)


def _write(folder: Path, document: dict[str, Any]) -> None:
    """The document, and its two tables for a spreadsheet."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DOCUMENT).write_text(json.dumps(document, indent=1), encoding="utf-8")
        heads = list(document["latency_ms"][0]) if document["latency_ms"] else []
        _table(folder / LATENCY, heads, ([one[head] for head in heads] for one in document["latency_ms"]))
        counted = document["nodes"]
        rows = (
            (
                measured["backend"],
                measured["batch"],
                path,
                counted[path]["block"],
                node["ms"],
                node["bytes"],
                counted[path]["macs"] * measured["batch"],
                counted[path]["params"],
                node.get("into", ""),
            )
            for measured in document["node_ms"]
            for path, node in measured["nodes"].items()
        )
        heads = ["backend", "batch", "node", "block", "ms", "bytes", "macs", "params", "merged_into"]
        _table(folder / NODES, heads, rows)
    except OSError as error:
        raise CommandError(f"--out {folder} cannot be written: {error.strerror or error}") from None


def _table(path: Path, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)


def _print(document: dict[str, Any]) -> None:
    table(
        [
            (
                one["backend"],
                one["batch"],
                one["p50_ms"],
                one["p95_ms"],
                one["iqr_ms"],
                one["samples_per_s"],
                "" if one["peak_bytes"] is None else memory.size_text(one["peak_bytes"]),
                one["runs"],
                one["device"],
            )
            for one in document["latency_ms"]
        ],
        ("backend", "batch", "p50 ms", "p95 ms", "iqr ms", "samples/s", "memory", "runs", "device"),
        right=range(1, 8),
    )
    for measured in document["node_ms"][:1]:
        nodes = measured["nodes"]
        whole = sum(node["ms"] for node in nodes.values()) or 1.0
        print(f"\nper node at batch {measured['batch']}, {measured['backend']}, {document['threads']} thread(s)")
        rows = [
            (path, f"{node['ms']:.3f}", f"{node['ms'] / whole:.1%}", f"{node['bytes']:,}")
            for path, node in nodes.items()
        ]
        table(rows, ("node", "ms", "share", "bytes"), right=(1, 2, 3))
    if document["machine"]["busy"]:
        print("note: the machine was busy with other work meanwhile; alone it would have been quicker")
    for note in document["notes"]:
        print(f"note: {note}")
