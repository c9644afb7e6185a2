"""Every zoo design at a size that a test can build, run and train."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import Tensor, fx

from models_core import registry
from models_core.compile import Bound, bind, build, identify
from models_core.design import Design
from models_core.registry import Entry

ALL = os.environ.get("BLOCKYARD_TEST_ALL") == "1"

FACTS: dict[str, Any] = {
    "image": {"channels": 1, "height": 12, "width": 10},
    "label": {"classes": 7},
    "text": {"vocab": 256, "length": 32},
    "features": {"columns": 5},
    "value": {},
}
"""Facts other than the nominal ones."""


def design_of(entry: Entry) -> Design:
    design = entry.obj()
    assert isinstance(design, Design)
    return design


def variables_of(entry: Entry, design: Design) -> dict[str, Any]:
    given = dict(entry.small)
    size = design.variables.get("image_size")
    if size is not None and size.domain is not None:
        given.setdefault("image_size", max(32, int(size.domain.min)))
    return given


def bound_of(entry: Entry) -> Bound:
    design = design_of(entry)
    return bind(design, facts=FACTS, variables=variables_of(entry, design))


def _walked() -> list[tuple[Entry, Bound]]:
    """Every design, but one of those that are the same network when small; BLOCKYARD_TEST_ALL=1 asks for all."""
    walked: dict[str, tuple[Entry, Bound]] = {}
    for entry in registry.all("design"):
        bound = bound_of(entry)
        walked.setdefault(identify(bound).hash if entry.small and not ALL else entry.id, (entry, bound))
    return list(walked.values())


def _covering(walked: list[tuple[Entry, Bound]]) -> list[Entry]:
    """As few of them, and as small ones, as have every block and every kind of wiring among them."""
    missing = {entry.id: _has(bound) for entry, bound in walked}
    chosen = []
    while any(missing.values()):
        entry, _ = max(walked, key=lambda one: len(missing[one[0].id]) / (8 + len(one[1].leaves)))
        chosen.append(entry)
        covered = missing[entry.id]
        missing = {id: left - covered for id, left in missing.items()}
    return chosen


def _has(bound: Bound) -> frozenset[str]:
    graphs = [bound.design, *bound.design.groups.values()]
    nodes = [node for graph in graphs for node in graph.nodes]
    wiring = {
        "ties": bool(bound.ties),
        "auxiliary": bool(bound.auxiliary),
        "inputs": len(bound.inputs) > 1,
        "outputs": len(bound.outputs) > 1,
        "repeat": any(node.repeat is not None for node in nodes),
        "history": any(node.history is not None for node in nodes),
    }
    kinds = {given.kind for given in bound.inputs}
    return frozenset({node.entry.id for node in bound.leaves} | {name for name, has in wiring.items() if has} | kinds)


_WALKED = _walked()
ZOO = [entry for entry, _ in _WALKED]
IDS = [entry.id for entry in ZOO]
COVERING = ZOO if ALL else _covering(_WALKED)
"""Designs with every block of the zoo among them, for tests that are slow: blocks are tested one by one elsewhere."""


def make(entry: Entry, *, training: bool = False) -> tuple[fx.GraphModule, list[Tensor]]:
    """The small form of a design on other facts than its own, and three samples for it."""
    bound = bound_of(entry)
    torch.manual_seed(0)
    return build(bound).train(training), samples_for(bound)


def samples_for(bound: Bound) -> list[Tensor]:
    """Three random samples for each input."""
    args = []
    for given in bound.inputs:
        assert given.spec is not None
        shape = (3, *given.spec.shape)
        args.append(torch.randint(0, 256, shape) if given.kind == "tokens" else torch.randn(shape))
    return args
