"""A batch goes through a built design, node by node; each value is looked at once and then let go."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.modules.batchnorm import _BatchNorm

from models_core.compile import Bound, Scope, Value, axes_of

from .limits import SampleLimits
from .marks import Mark, marks
from .values import Activation, activation

Key = tuple[int, int]
"""A value: leaf and output port, or input -1 - index of the design."""

LEAST_SIDE, MOST_SIDE = 24, 128
"""Pixels a small picture is wide, between many values and few."""


@dataclass
class Trace:
    """What came of one batch: every value by its key, and by node path and port which value that is.

    `inputs` and `outputs` are those of the design. `nodes` has leaves, groups and each repetition of them.
    """

    values: dict[Key, Activation]
    nodes: dict[str, dict[str, dict[str, Key]]]
    inputs: dict[str, Key]
    outputs: dict[str, Key]
    marks: list[Mark]
    result: tuple[Tensor, ...]
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Values in a list, and their places in it by path: `nodes[path]["outputs"][port]`."""
        places = {key: at for at, key in enumerate(self.values)}

        def placed(ports: dict[str, Key]) -> dict[str, int]:
            return {port: places[key] for port, key in ports.items() if key in places}

        nodes = {path: {side: placed(ports) for side, ports in sides.items()} for path, sides in self.nodes.items()}
        return {
            "values": [value.to_json() for value in self.values.values()],
            "nodes": nodes,
            "inputs": placed(self.inputs),
            "outputs": placed(self.outputs),
            "marks": [mark.to_json() for mark in self.marks],
            "notes": self.notes,
        }


def trace(
    bound: Bound,
    module: fx.GraphModule,
    inputs: tuple[Tensor, ...],
    limits: SampleLimits | None = None,
    *,
    fresh: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Trace:
    """Send a batch (each input N ..., the chosen sample first) through a module built from `bound`.

    In evaluation mode; with `fresh`, for weights that were never trained, batch norms take their statistics of this
    batch, as the first step of training does. The module is left as it was. `progress` is told how many nodes are done.
    """
    limits = limits or SampleLimits()
    n_values = len(bound.inputs) + sum(len(leaf.entry.outputs) for leaf in bound.leaves)
    side = int((limits.pixels / max(1, min(n_values, limits.values))) ** 0.5)
    watcher = _Watcher(bound, module, limits, max(LEAST_SIDE, min(side, MOST_SIDE)), progress)
    with torch.inference_mode(), _mode(module, fresh and inputs[0].shape[0] > 1):
        out = watcher.run(*inputs)
    result = out if isinstance(out, tuple) else (out,)
    nodes: dict[str, dict[str, dict[str, Key]]] = {}
    _places(bound.root, nodes)
    notes = []
    if n_values > limits.values:
        notes.append(f"the first {limits.values:,} of {n_values:,} values are shown (BLOCKYARD_SAMPLE_VALUES)")
    return Trace(
        watcher.values,
        nodes,
        _keys(bound.root.inputs),
        _keys(bound.outputs),
        marks(bound, module, watcher.values, limits),
        result,
        notes,
    )


@contextlib.contextmanager
def _mode(module: nn.Module, fresh: bool) -> Iterator[None]:
    """Evaluation mode, of fresh batch norms training mode without a trace in their buffers."""
    training = {one: one.training for one in module.modules()}
    norms = [one for one in module.modules() if isinstance(one, _BatchNorm)] if fresh else []
    kept = [(buffer, buffer.clone()) for norm in norms for buffer in norm.buffers()]
    module.eval()
    for norm in norms:
        norm.train()
    try:
        yield
    finally:
        for buffer, before in kept:
            buffer.copy_(before)
        for one, was in training.items():
            one.training = was


class _Watcher(fx.Interpreter):
    """Runs the graph and looks at each node's outputs before they are freed."""

    def __init__(
        self,
        bound: Bound,
        module: fx.GraphModule,
        limits: SampleLimits,
        side: int,
        progress: Callable[[int, int], None],
    ) -> None:
        super().__init__(module)
        self.leaves = {leaf.path: leaf for leaf in bound.leaves}
        self.limits = limits
        self.side = side
        self.progress = progress
        self.done = 0
        self.values: dict[Key, Activation] = {}
        self.axes = axes_of(bound)

    def placeholder(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        value = super().placeholder(target, args, kwargs)
        at = len(self.values)
        self._look((-1 - at, 0), value)
        return value

    def call_module(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = super().call_module(target, args, kwargs)
        leaf = self.leaves[str(target)]
        outputs = result if isinstance(result, tuple) else (result,)
        for port, value in enumerate(outputs):
            self._look((leaf.index, port), value)
        self.done += 1
        self.progress(self.done, len(self.leaves))
        return result

    def _look(self, key: Key, value: Tensor) -> None:
        if len(self.values) < self.limits.values:
            self.values[key] = activation(value, self.axes.get(key, ()), self.side)


def _places(scope: Scope, nodes: dict[str, dict[str, dict[str, Key]]]) -> None:
    """Which value each port in a scope has, and those in the scopes inside."""
    for item in scope.items:
        fed = {port: values[0] for port, values in item.inputs.items() if values}
        nodes[item.path] = {"inputs": _keys(fed), "outputs": _keys(item.outputs)}
        for leaf in item.leaves:
            if leaf.path != item.path and not leaf.bypassed:
                ports = [port.name for port in leaf.entry.outputs]
                nodes[leaf.path] = {"inputs": {}, "outputs": {port: (leaf.index, at) for at, port in enumerate(ports)}}
        for inner in item.scopes:
            nodes[inner.path] = {"inputs": _keys(inner.inputs), "outputs": _keys(inner.outputs)}
            _places(inner, nodes)


def _keys(values: dict[str, Value]) -> dict[str, Key]:
    return {port: (value.node, value.port) for port, value in values.items()}
