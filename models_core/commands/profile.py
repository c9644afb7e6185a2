"""`profile DESIGN|DIR`: how long a network takes."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Any

import torch

from models_core.analysis import analyze
from models_core.compile import Bound, build
from models_core.export.onnx import ExportError, export
from models_core.model import RUN, Model
from models_core.profiling import eager_latency, node_costs, onnx_latency, sample_inputs
from models_core.training import memory

from ._common import design_of, facts_of, show, table, use_threads


def run(arguments: argparse.Namespace) -> int:
    """Print latency per backend and batch size, and time and memory of each node at the first batch size."""
    bound, module = _network(arguments)
    threads = use_threads(bound, max(arguments.batch), arguments.threads)
    module.eval()
    latencies: list[dict[str, Any]] = []
    notes: list[str] = []
    if arguments.backend in ("all", "eager"):
        for batch in arguments.batch:
            latency = eager_latency(module, sample_inputs(bound, batch), seconds=arguments.seconds)
            latencies.append(latency.to_json())
    if arguments.backend in ("all", "onnxruntime"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            try:
                export(module, bound, path)
            except ExportError as error:
                notes.append(f"not measured in onnxruntime: {error}")
            else:
                for batch in arguments.batch:
                    names = [given.name for given in bound.inputs]
                    tensors = sample_inputs(bound, batch)
                    inputs = {name: tensor.numpy() for name, tensor in zip(names, tensors, strict=True)}
                    latency = onnx_latency(path, inputs, threads=threads, seconds=arguments.seconds)
                    latencies.append(latency.to_json())
    costs = node_costs(module, sample_inputs(bound, arguments.batch[0]), seconds=arguments.seconds)
    document = {
        "latency_ms": latencies,
        "nodes": {path: {"ms": round(cost.ms, 4), "bytes": cost.bytes} for path, cost in costs.items()},
        "device": "cpu",
        "threads": threads,
        "notes": notes,
    }
    if arguments.json:
        show(document)
        return 0
    table(
        [(one["backend"], one["batch"], one["p50_ms"], one["p95_ms"], one["samples_per_s"]) for one in latencies],
        ("backend", "batch", "p50 ms", "p95 ms", "samples/s"),
        right=(1, 2, 3, 4),
    )
    whole = sum(cost.ms for cost in costs.values()) or 1.0
    print(f"\nper node at batch {arguments.batch[0]}, eager, {threads} thread(s)")
    rows = [(path, f"{cost.ms:.3f}", f"{cost.ms / whole:.1%}", f"{cost.bytes:,}") for path, cost in costs.items()]
    table(rows, ("node", "ms", "share", "bytes"), right=(1, 2, 3))
    for note in notes:
        print(f"note: {note}")
    return 0


def _network(arguments: argparse.Namespace) -> tuple[Bound, torch.fx.GraphModule]:
    if os.path.isfile(os.path.join(arguments.design, RUN)):
        model = Model.read(arguments.design)
        return model.bound, model.module
    design, variables = design_of(arguments.design)
    report = analyze(design, facts_of(arguments), variables)
    if not report.errors:
        # The exported file and onnxruntime have the weights once more each.
        copies = 1 if arguments.backend == "eager" else 3
        batch = max(arguments.batch)
        wanted = memory.forward(report, batch, copies)
        memory.keep(wanted, f"a batch of {batch:,} through {design.name}", "make the batch or the design smaller")
    return report.bound, build(report.bound, in_place=True)
