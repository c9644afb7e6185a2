"""The scan of a linear recurrence against a Python loop over its steps, and how its time grows with the length."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

from bench import Row, at_least, at_most

LENGTH, WIDTH = 1024, 64


def by_steps(gates: Tensor, terms: Tensor) -> Tensor:
    """The recurrence as one would write it down."""
    state, states = torch.zeros_like(terms[:, 0]), []
    for at in range(terms.shape[1]):
        state = gates[:, at] * state + terms[:, at]
        states.append(state)
    return torch.stack(states, 1)


def run() -> list[Row]:
    """Both sides in turn, on at most two cores; of each the fastest run, which other work disturbed the least."""
    from models_core.ops.scan import linear_scan

    before = torch.get_num_threads()
    torch.set_num_threads(min(2, before))
    try:
        gates, terms = torch.rand(1, LENGTH, WIDTH), torch.randn(1, LENGTH, WIDTH)
        rows = []
        for what, each in (("forward", _forward), ("forward and backward", _training)):
            pairs = [(each(by_steps, gates, terms), each(linear_scan, gates, terms)) for _ in range(30)]
            ratio = min(loop for loop, _ in pairs) / min(scan for _, scan in pairs)
            rows.append(at_least(f"loop over {LENGTH:,} steps of {WIDTH} numbers / scan, {what}", ratio, 10, "x"))
        # Long enough that the steps' own overhead no longer shows.
        times: dict[int, list[float]] = {1 << 14: [], 1 << 17: []}
        for _ in range(9):
            for length, found in times.items():
                found.append(_training(linear_scan, torch.rand(1, length, WIDTH), torch.randn(1, length, WIDTH)))
        short, long = (min(found) / length for length, found in times.items())
        what = "scan, time per step at 131,072 steps / at 16,384, forward and backward"
        return [*rows, at_most(what, long / short, 1.5, "x")]
    finally:
        torch.set_num_threads(before)


def _forward(function: Callable[..., Tensor], gates: Tensor, terms: Tensor) -> float:
    with torch.inference_mode():
        began = time.perf_counter()
        function(gates, terms)
        return time.perf_counter() - began


def _training(function: Callable[..., Tensor], gates: Tensor, terms: Tensor) -> float:
    gates, terms = gates.requires_grad_(), terms.requires_grad_()
    began = time.perf_counter()
    function(gates, terms).sum().backward()
    return time.perf_counter() - began
