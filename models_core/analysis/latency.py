"""Latency before anything runs: from each node's multiply-adds, bytes and operations and the machine's rates."""

from __future__ import annotations

import math

from models_core.compile import Bound, BoundNode, Spec
from models_core.profiling.rates import Rates


def predict_ms(bound: Bound, rates: Rates, batch: int = 1) -> float:
    """Milliseconds of one forward of a batch on a machine of these rates.

    Each node's multiply-adds, the bytes it reads and writes (weights, inputs, results) and the starts of its operations
    are added up. An estimate, mostly within a factor of two: kernels reach the machine's rates more or less well, and
    what recurrent layers do step by step counts as one operation.
    """
    return 1000 * sum(_seconds(leaf, rates, batch) for leaf in bound.leaves)


def _seconds(leaf: BoundNode, rates: Rates, batch: int) -> float:
    figures = leaf.figures
    if figures is None:
        return 0.0
    given = sum(_bytes(value.spec) for value in leaf.fed)
    moved = figures.weight_bytes + batch * (given + figures.activation_bytes) if figures.operations else 0
    work = batch * figures.macs / rates.macs_per_s + moved / rates.bytes_per_s
    return work + figures.operations * rates.operation_s


def _bytes(spec: Spec | None) -> int:
    return math.prod(spec.shape) * spec.dtype.itemsize if spec else 0
