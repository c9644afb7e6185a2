"""Every zoo design at a size that a test can build, run and train."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import Tensor, fx

from models_core import registry
from models_core.compile import bind, build, identify
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


def _walked() -> list[Entry]:
    """Every design, but one of those that are the same network when small; BLOCKYARD_TEST_ALL=1 asks for all."""
    entries = registry.all("design")
    if ALL:
        return entries
    walked: dict[str, Entry] = {}
    for entry in entries:
        key = entry.id
        if entry.small:
            design = design_of(entry)
            key = identify(bind(design, facts=FACTS, variables=variables_of(entry, design))).hash
        walked.setdefault(key, entry)
    return list(walked.values())


ZOO = _walked()
IDS = [entry.id for entry in ZOO]


def make(entry: Entry, *, training: bool = False) -> tuple[fx.GraphModule, list[Tensor]]:
    """The small form of a design on other facts than its own, and three samples for it."""
    design = design_of(entry)
    bound = bind(design, facts=FACTS, variables=variables_of(entry, design))
    torch.manual_seed(0)
    module = build(bound).train(training)
    args = []
    for given in bound.inputs:
        assert given.spec is not None
        shape = (3, *given.spec.shape)
        args.append(torch.randint(0, 256, shape) if given.kind == "tokens" else torch.randn(shape))
    return module, args
