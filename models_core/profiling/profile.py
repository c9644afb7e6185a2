"""A profile: a network measured for several batches in PyTorch and in onnxruntime, as a whole and per node."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import fx

from models_core.analysis import Report
from models_core.compile import Bound, identify
from models_core.export.onnx import ExportError, export

from . import machine
from .latency import Latency, eager_latency, measure, node_costs, onnx_call, sample_inputs
from .memory import growth
from .onnx_nodes import onnx_node_costs

FORMAT, VERSION = "blockyard.profile", 1
BACKENDS = ("eager", "onnxruntime")
# After the first that count, so that one measurement of nodes takes no longer than one of the whole.
MOST_NODE_RUNS = 50


@dataclass(frozen=True)
class Wanted:
    """What is to be measured: each backend at each batch, up to `repeats` times and for at most `seconds`."""

    batches: Sequence[int] = (1,)
    backends: Sequence[str] = BACKENDS
    repeats: int = 500
    warmup: int = 3
    seconds: float = 1.0
    threads: int = 1
    device: str = "cpu"

    @property
    def steps(self) -> int:
        """How many measurements that makes: the whole and its nodes for each."""
        return 2 * len(self.batches) * len(self.backends)

    @property
    def measure(self) -> dict[str, Any]:
        return {
            "seconds": self.seconds,
            "warmup": self.warmup,
            "max_runs": self.repeats,
            "min_runs": min(3, self.repeats),
        }


Tell = Callable[[str, int], None]


def profile(module: fx.GraphModule, report: Report, wanted: Wanted, tell: Tell = lambda text, step: None) -> Any:
    """Measure a module in evaluation mode; a document with `latency_ms`, `nodes`, `node_ms` and the conditions.

    `report` is the analysis of its design. PyTorch runs on the device that is wanted, onnxruntime on the CPU. `tell` is
    told what is measured next, and how many measurements are done.
    """
    return _Profile(module, report, wanted, tell).document()


class _Profile:
    def __init__(self, module: fx.GraphModule, report: Report, wanted: Wanted, tell: Tell) -> None:
        self.module, self.report, self.wanted, self.tell = module, report, wanted, tell
        self.device = torch.device(wanted.device)
        self.step = 0
        self.latencies: list[dict[str, Any]] = []
        self.per_node: list[dict[str, Any]] = []
        self.notes: list[str] = []
        # Nodes that run; what only training needs does not.
        self.macs = {leaf.path: leaf.figures.macs if leaf.figures else 0 for leaf in self.bound.leaves}

    @property
    def bound(self) -> Bound:
        return self.report.bound

    def document(self) -> dict[str, Any]:
        began, load = time.perf_counter(), machine.load()
        before = machine.others_now()
        self.module.eval()
        if "eager" in self.wanted.backends:
            self.module.to(self.device)
            for batch in self.wanted.batches:
                self._eager(batch)
            self.module.to("cpu")
        if "onnxruntime" in self.wanted.backends:
            self._onnxruntime()
        during = max((one["others_cores"] for one in self.latencies), default=0.0)
        total = self.report.total
        counted = ("params", "macs", "weight_bytes", "peak_activation_bytes")
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.bound.design.name,
            "hash": identify(self.bound).hash,
            "latency_ms": self.latencies,
            "nodes": self._nodes(),
            "node_ms": self.per_node,
            "total": {name: total[name] for name in counted},
            "uncounted": self.report.uncounted,
            "device": str(self.device),
            "threads": self.wanted.threads,
            "machine": {
                **machine.describe(),
                "load_before": load,
                "others_before": before,
                "others_during": during,
                "busy": max(before, during) > machine.BUSY_CORES,
            },
            "notes": self.notes,
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - began, 2),
        }

    def _eager(self, batch: int) -> None:
        inputs = sample_inputs(self.bound, batch, self.device)
        self._next(f"PyTorch eager, batch {batch}")
        others = machine.Others()
        latency = eager_latency(self.module, inputs, **self.wanted.measure)
        cores = others.cores()
        with torch.inference_mode():
            peak = growth(lambda: self.module(*inputs), self.device)
        self._keep(latency, str(self.device), peak, cores)
        self._next(f"PyTorch eager, batch {batch}, node by node")
        runs = min(MOST_NODE_RUNS, self.wanted.repeats)
        costs = node_costs(self.module, inputs, seconds=self.wanted.seconds, max_runs=runs)
        nodes = {path: {"ms": round(cost.ms, 4), "bytes": cost.bytes} for path, cost in costs.items()}
        self.per_node.append({"backend": "eager", "batch": batch, "nodes": nodes, "other": {}})

    def _onnxruntime(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            self.tell("translating to ONNX", self.step)
            try:
                export(self.module, self.bound, path)
            except ExportError as error:
                self.notes.append(f"not measured in onnxruntime: {error}")
                return
            for batch in self.wanted.batches:
                self._onnx(path, batch)

    def _onnx(self, path: Path, batch: int) -> None:
        names = [given.name for given in self.bound.inputs]
        tensors = sample_inputs(self.bound, batch)
        inputs = {name: tensor.numpy() for name, tensor in zip(names, tensors, strict=True)}
        threads = self.wanted.threads
        self._next(f"onnxruntime, batch {batch}")
        made: list[Callable[[], Any]] = []

        def first() -> None:
            made.append(onnx_call(path, inputs, threads=threads))
            made[0]()

        peak = growth(first)
        others = machine.Others()
        latency = measure(made[0], batch, "onnxruntime", **self.wanted.measure)
        self._keep(latency, "cpu", peak, others.cores())
        made.clear()
        self._next(f"onnxruntime, batch {batch}, node by node")
        runs = min(MOST_NODE_RUNS, self.wanted.repeats)
        costs = onnx_node_costs(path, inputs, self.macs, threads=threads, seconds=self.wanted.seconds, max_runs=runs)
        nodes = {
            name: {"ms": round(node.ms, 4), "bytes": node.bytes, **({} if node.into is None else {"into": node.into})}
            for name, node in costs.nodes.items()
        }
        self.per_node.append({"backend": "onnxruntime", "batch": batch, "nodes": nodes, "other": costs.other})

    def _next(self, text: str) -> None:
        self.tell(text, self.step)
        self.step += 1

    def _keep(self, latency: Latency, device: str, peak: int | None, others: float) -> None:
        self.latencies.append(
            {
                **latency.to_json(),
                "device": device,
                "threads": self.wanted.threads,
                "peak_bytes": peak,
                "others_cores": others,
            }
        )

    def _nodes(self) -> dict[str, dict[str, Any]]:
        """Every node with what analysis counts of it, and its time and memory in the first measurement there is."""
        measured = self.per_node[0]["nodes"] if self.per_node else {}
        counted = self.report.nodes
        return {
            leaf.path: {
                "block": leaf.entry.id,
                **{name: counted[leaf.path].get(name, 0) for name in ("macs", "params")},
                **{name: measured.get(leaf.path, {}).get(name, 0) for name in ("ms", "bytes")},
            }
            for leaf in self.bound.leaves
        }
