"""The analysis of a design: per node and in total, shapes, parameters, MACs, memory, receptive field, faults."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models_core.compile import Bound, BoundNode, Figures, Issue, Item, Scope, Spec, Value, bind, identify
from models_core.design import Design
from models_core.design.kinds import KINDS
from models_core.design.space import space_of

from .field import Field, receptive_fields
from .peak import peak_of

_UNKNOWN = {"shape": None, "dtype": None}
_SUMS = ("params", "trainable_params", "active_params", "macs", "weight_bytes", "activation_bytes")
_NOTHING = dict.fromkeys(_SUMS, 0)


@dataclass
class Report:
    """What a design costs.

    `params` are counted once where tied; `active_params` are those that one position uses; `macs` are multiply-adds per
    sample (one multiply-add is 1 MAC); `weight_bytes` are parameters and buffers; `activation_bytes` are all tensors
    one training forward makes at `batch` samples, an upper bound of what is kept for the backward pass.
    `peak_activation_bytes` are the most that an inference at `batch` samples holds at once, and `peak_at` the node that
    runs then. What only training needs is not among them.
    """

    bound: Bound
    batch: int
    total: dict[str, int]
    nodes: dict[str, dict[str, Any]]
    uncounted: list[dict[str, str]]
    peak_at: str | None = None
    notes: list[str] = field(default_factory=list)
    measured_ms: float = 0.0

    @property
    def errors(self) -> list[Issue]:
        """The faults that keep the design from being built."""
        return self.bound.errors

    def to_json(self) -> dict[str, Any]:
        bound = self.bound
        return {
            "hash": identify(bound).hash if not bound.errors else None,
            "batch": self.batch,
            "total": self.total,
            "peak_at": self.peak_at,
            "inputs": {
                given.name: {"kind": given.kind, **_spec(given.spec)} if given.spec else {"kind": given.kind}
                for given in bound.inputs
            },
            "outputs": {name: _spec(value.spec) for name, value in bound.outputs.items()},
            "facts": bound.facts,
            "variables": bound.variables,
            "space": space.to_json() if (space := space_of(bound.design)).dimensions else None,
            "nodes": self.nodes,
            "uncounted": self.uncounted,
            "errors": [issue.to_json() for issue in bound.issues],
            "notes": self.notes,
            "measured_ms": round(self.measured_ms, 2),
        }


def analyze(
    design: Design,
    facts: Mapping[str, Mapping[str, Any]] | None = None,
    variables: Mapping[str, Any] | None = None,
    batch: int = 1,
) -> Report:
    """Analyse a design bound to a dataset's facts, at `batch` samples; faults are in the report, not raised."""
    began = time.perf_counter()
    bound = bind(design, facts, variables)
    report = _Reporter(bound, batch).report()
    report.notes = _notes(bound, facts or {})
    report.measured_ms = (time.perf_counter() - began) * 1000
    return report


class _Reporter:
    def __init__(self, bound: Bound, batch: int) -> None:
        self.bound = bound
        self.batch = batch
        self.fields = receptive_fields(bound)
        self.nodes: dict[str, dict[str, Any]] = {}
        self.tied = {tie.param for tie in bound.live_ties}

    def report(self) -> Report:
        total = self._scope(self.bound.root)
        uncounted = [
            {"op": op, "path": leaf.path} for leaf in self.bound.leaves if leaf.figures for op in leaf.figures.uncounted
        ]
        peak, peak_at = peak_of(self.bound)
        total["peak_activation_bytes"] = peak * self.batch
        return Report(self.bound, self.batch, total, self.nodes, uncounted, peak_at)

    def _scope(self, scope: Scope) -> dict[str, int]:
        total = dict.fromkeys(_SUMS, 0)
        for item in scope.items:
            _add(total, self._item(item))
        return total

    def _item(self, item: Item) -> dict[str, int]:
        own = dict.fromkeys(_SUMS, 0)
        record: dict[str, Any] = {}
        if item.muted and item.group is None:
            self.nodes[item.path] = {**own, "muted": True, "live": False, "inputs": {}, "outputs": {}, "resolved": {}}
            return own
        if item.group is not None or item.repeat is not None:
            # Set before what is inside, so that the outer node comes first.
            self.nodes[item.path] = record
            if item.group:
                record["group"] = item.group
                if item.generator:
                    record["generator"] = item.generator
            elif item.leaves:
                record["block"] = item.leaves[0].entry.id
            record["repeat"] = item.repeat
        for leaf in item.leaves:
            _add(own, self._leaf(leaf, item))
        for scope in item.scopes:
            if item.repeat is not None:
                part = self.nodes[scope.path] = {"group": scope.group}
            inner = self._scope(scope)
            if item.repeat is not None:
                part.update(inner, inputs=_values(scope.inputs), outputs=_values(scope.outputs), resolved=scope.params)
            _add(own, inner)
        if item.group is not None or item.repeat is not None:
            inputs = {port: values[0] for port, values in item.inputs.items() if values}
            resolved = item.scopes[0].params if len(item.scopes) == 1 else {}
            record.update(own, inputs=_values(inputs), outputs=_values(item.outputs), resolved=resolved)
            record["bypassed"] = item.bypassed
            record["muted"] = item.muted
        return own

    def _leaf(self, leaf: BoundNode, item: Item) -> Mapping[str, int]:
        figures = leaf.figures
        outputs = {
            port.name: _spec(spec)
            for port, spec in zip(leaf.entry.outputs, figures.outputs if figures else (), strict=False)
        }
        if leaf.bypassed:
            outputs = _values(item.outputs)
        record: dict[str, Any] = {"block": leaf.entry.id, "outputs": outputs, "resolved": leaf.params}
        record["inputs"] = {
            port.name: [_spec(v.spec) for v in arg] if isinstance(arg, tuple) else _spec(arg.spec)
            for port, arg in zip(leaf.entry.inputs, leaf.args, strict=True)
            if arg is not None
        }
        record["bypassed"] = leaf.bypassed
        record["live"] = leaf.live
        if leaf.training:
            record["training"] = True
        seen = self.fields.get(leaf.index)
        record["receptive_field"] = list(seen.size) if isinstance(seen, Field) else seen
        own = self._costs(leaf, figures) if figures else _NOTHING
        self.nodes[leaf.path] = {**record, **own}
        return own if leaf.live else _NOTHING

    def _costs(self, leaf: BoundNode, figures: Figures) -> dict[str, int]:
        shared = self._shared(leaf, 1) if self.tied else 0
        return {
            "params": figures.params - shared,
            "trainable_params": figures.trainable_params - shared,
            "active_params": max(0, figures.active_params - shared),
            "macs": figures.macs,
            "weight_bytes": figures.weight_bytes - (self._shared(leaf, 4) if self.tied else 0),
            "activation_bytes": figures.activation_bytes * self.batch,
        }

    def _shared(self, leaf: BoundNode, width: int) -> int:
        """Numbers (or bytes, at `width` each) that are another leaf's already."""
        shared = 0
        if leaf.figures:
            for name, shape in leaf.figures.param_shapes.items():
                if f"{leaf.path}.{name}" in self.tied:
                    count = width
                    for size in shape:
                        count *= size
                    shared += count
        return shared


def _add(total: dict[str, int], part: Mapping[str, int]) -> None:
    for name in _SUMS:
        total[name] += part[name]


def _spec(spec: Spec | None) -> Mapping[str, Any]:
    return _UNKNOWN if spec is None else spec.json


def _values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: _spec(value.spec) for name, value in values.items()}


def _notes(bound: Bound, facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """In words, where the data and the design's inputs differ and what is done about it."""
    notes = []
    spare = sum(leaf.figures.params for leaf in bound.nodes if leaf.training and leaf.figures)
    if spare:
        notes.append(f"{spare:,} parameters more are there for training alone")
    for given in bound.inputs:
        field_facts = facts.get(given.name) or facts.get(given.kind) or {}
        if given.kind != "image" or given.spec is None or "height" not in field_facts:
            continue
        sizes = dict(zip(KINDS["image"].dims, given.spec.shape, strict=True))
        have, want = (field_facts["height"], field_facts.get("width")), (sizes["H"], sizes["W"])
        if have != want:
            notes.append(f"samples are resized from {have[0]}×{have[1]} to {want[0]}×{want[1]}")
        channels = field_facts.get("channels", sizes["C"])
        if channels != sizes["C"]:
            notes.append("samples are made grey" if sizes["C"] == 1 else f"samples are given {sizes['C']} channels")
    return notes
