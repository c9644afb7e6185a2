"""Latency: milliseconds of one forward of a batch, eager and in onnxruntime, and of each node of the graph."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.utils import _pytree as pytree

from models_core.compile import Bound


@dataclass(frozen=True)
class Latency:
    """Percentiles of repeated forwards of one batch, in milliseconds.

    `iqr_ms` is their spread: the width of the middle half. `warmup` are the calls before them that do not count.
    """

    batch: int
    backend: str
    p50_ms: float
    p95_ms: float
    runs: int
    iqr_ms: float = 0.0
    warmup: int = 0

    @property
    def samples_per_s(self) -> float:
        return 1000 * self.batch / self.p50_ms if self.p50_ms else 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "batch": self.batch,
            "backend": self.backend,
            "p50_ms": round(self.p50_ms, 4),
            "p95_ms": round(self.p95_ms, 4),
            "iqr_ms": round(self.iqr_ms, 4),
            "samples_per_s": round(self.samples_per_s, 1),
            "runs": self.runs,
            "warmup": self.warmup,
        }


def measure(
    call: Callable[[], Any],
    batch: int,
    backend: str,
    *,
    seconds: float = 1.0,
    warmup: int = 3,
    min_runs: int = 3,
    max_runs: int = 500,
) -> Latency:
    """Call repeatedly for about `seconds`, after `warmup` calls that do not count."""
    began = time.perf_counter()
    warmed = 0
    for _ in range(max(1, warmup)):
        call()
        warmed += 1
        if time.perf_counter() - began > seconds:
            break
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < max_runs and (len(times) < min_runs or time.perf_counter() - began < seconds):
        at = time.perf_counter()
        call()
        times.append((time.perf_counter() - at) * 1000)
    ordered = sorted(times)
    middle = statistics.quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else [ordered[0]] * 3
    return Latency(
        batch,
        backend,
        p50_ms=statistics.median(ordered),
        p95_ms=ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))],
        runs=len(ordered),
        iqr_ms=middle[2] - middle[0],
        warmup=warmed,
    )


def sample_inputs(bound: Bound, batch: int, device: torch.device | str = "cpu") -> tuple[Tensor, ...]:
    """Inputs of a design filled with the same random values every time: normal numbers, ids below 2 for tokens.

    Small ids are valid in every vocabulary; which id is looked up does not change the time.
    """
    generator = torch.Generator().manual_seed(0)
    made = []
    for given in bound.inputs:
        assert given.spec is not None
        shape = (batch, *given.spec.shape)
        if given.spec.dtype.is_floating_point:
            made.append(torch.randn(shape, generator=generator).to(device))
        else:
            made.append(torch.randint(0, 2, shape, generator=generator, dtype=given.spec.dtype).to(device))
    return tuple(made)


def eager_latency(
    module: nn.Module, inputs: tuple[Tensor, ...], *, seconds: float = 1.0, backend: str = "eager", **settings: Any
) -> Latency:
    """Latency of a module in evaluation mode; it is left in the mode it was in."""
    training = module.training
    module.eval()
    device = inputs[0].device
    try:
        with torch.inference_mode():

            def call() -> None:
                module(*inputs)
                if device.type == "cuda":
                    torch.cuda.synchronize(device)

            return measure(call, inputs[0].shape[0], backend, seconds=seconds, **settings)
    finally:
        module.train(training)


def onnx_call(path: str | Path, inputs: Mapping[str, np.ndarray], *, threads: int) -> Callable[[], Any]:
    """One forward of an ONNX file in onnxruntime on the CPU, to be called again and again."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feed = {item.name: inputs[item.name] for item in session.get_inputs()}
    return lambda: session.run(None, feed)


def onnx_latency(
    path: str | Path, inputs: Mapping[str, np.ndarray], *, threads: int, seconds: float = 1.0, **settings: Any
) -> Latency:
    """Latency of an ONNX file in onnxruntime on the CPU."""
    batch = next(iter(inputs.values())).shape[0]
    call = onnx_call(path, inputs, threads=threads)
    return measure(call, batch, "onnxruntime", seconds=seconds, **settings)


@dataclass
class NodeCost:
    """What one node of a network takes in a forward of a batch: median milliseconds, and the bytes of its outputs.

    An output that is an input in another shape takes none.
    """

    ms: float
    bytes: int


def node_costs(
    module: fx.GraphModule, inputs: tuple[Tensor, ...], *, seconds: float = 1.0, max_runs: int = 200
) -> dict[str, NodeCost]:
    """Time and memory of each node by its path, in running order, in evaluation mode.

    Nodes are timed one by one, so their sum is a little more than the latency of the whole.
    """
    training = module.training
    module.eval()
    recorder = _Recorder(module)
    try:
        with torch.inference_mode():
            recorder.run(*inputs)
            recorder.times.clear()
            began = time.perf_counter()
            for runs in range(max_runs):
                if runs >= 3 and time.perf_counter() - began > seconds:
                    break
                recorder.run(*inputs)
    finally:
        module.train(training)
    return {path: NodeCost(statistics.median(times), recorder.bytes[path]) for path, times in recorder.times.items()}


class _Recorder(fx.Interpreter):
    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.times: dict[str, list[float]] = {}
        self.bytes: dict[str, int] = {}

    def call_module(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        began = time.perf_counter()
        result = super().call_module(target, args, kwargs)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.times.setdefault(str(target), []).append((time.perf_counter() - began) * 1000)
        if str(target) not in self.bytes:
            given, made = _storages(args), _storages(result)
            self.bytes[str(target)] = sum(size for at, size in made.items() if at not in given)
        return result


def _storages(value: Any) -> dict[int, int]:
    """The bytes of each memory that tensors lie in, by its address."""
    tensors = [part for part in pytree.tree_leaves(value) if isinstance(part, Tensor)]
    return {part.untyped_storage().data_ptr(): part.untyped_storage().nbytes() for part in tensors}
