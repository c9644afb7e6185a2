"""MatrixKAN."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from models_core import registry
from models_core.registry import Source, register

from . import Lab, Outcome, Paper, agree, check


def by_recursion(x: Tensor, grid: int, degree: int, low: float, high: float) -> Tensor:
    """All B-splines of a degree at x by the recursion of Cox and de Boor, on knots that go on beyond low and high."""
    step = (high - low) / grid
    knots = torch.arange(-degree, grid + degree + 1, dtype=x.dtype) * step + low
    x = x.unsqueeze(-1)
    found = ((x >= knots[:-1]) & (x < knots[1:])).to(x.dtype)
    for order in range(1, degree + 1):
        left = (x - knots[: -order - 1]) / (knots[order:-1] - knots[: -order - 1])
        right = (knots[order + 1 :] - x) / (knots[order + 1 :] - knots[1:-order])
        found = left * found[..., :-1] + right * found[..., 1:]
    return found


def seconds(function: Callable[[], object], times: int = 15) -> float:
    """The median time of a call."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        function()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


@register(
    "paper",
    id="matrixkan",
    family="mlp",
    source=Source(
        "Cale Coffman, Lizhong Chen",
        "MatrixKAN: Parallelized Kolmogorov-Arnold Network",
        2025,
        "https://arxiv.org/abs/2502.07176",
    ),
)
class MatrixKan(Paper):
    """Kolmogorov-Arnold layers whose splines are one product of powers with a fixed matrix instead of a recursion."""

    claim = (
        "About 40 times faster than KAN where the degree of the splines is high; the time hardly grows with the degree"
    )
    entries = ("block/kan_linear", "design/kan_regression")
    notes = (
        "After a first look at their speed the powers are made by products. There are 16 splines instead of 10 to "
        "write down at degree 8: four measurements on a busy machine found between no growth and twice the time. "
        "The 40 times are of a GPU and are not measured."
    )

    @check("exact")
    def equals_the_recursion(self) -> Outcome:
        """For degrees 1 to 8 the splines are those of the recursion of Cox and de Boor, inside and outside the grid."""
        x = torch.linspace(-2.5, 2.5, 301, dtype=torch.float64)
        outcome = Outcome(True, "splines on and off the grid")
        for degree in range(1, 9):
            layer = registry.get("block", "kan_linear").obj(1, 1, 5, degree)
            outcome &= agree(f"degree {degree}", layer.splines(x), by_recursion(x, 5, degree, -1, 1))
        return outcome

    @check("exact")
    def a_partition_of_one(self) -> Outcome:
        """On the grid the splines of every degree are positive and add up to one."""
        x = torch.linspace(-1, 0.999, 201)
        outcome = Outcome(True, "sum on the grid")
        for degree in range(1, 9):
            splines = registry.get("block", "kan_linear").obj(1, 1, 7, degree).splines(x)
            assert bool((splines >= -1e-6).all()), f"a spline of degree {degree} is negative"
            outcome &= agree(f"degree {degree}", splines.sum(-1), torch.ones(201))
        return outcome

    @check("exact")
    def same_gradients(self) -> Outcome:
        """A layer's gradients by its inputs and coefficients are those through the recursion."""
        torch.manual_seed(0)
        layer = registry.get("block", "kan_linear").obj(3, 2).double()
        x = (torch.rand(9, 3, dtype=torch.float64) * 2 - 1).requires_grad_()
        curves = torch.einsum("nim,oim->no", by_recursion(x, 5, 3, -1, 1), layer.coefficients)
        theirs = curves + torch.nn.functional.silu(x) @ layer.base.T
        outcome = agree("outputs", layer(x), theirs)
        ours = torch.autograd.grad(layer(x).square().sum(), [x, layer.coefficients])
        want = torch.autograd.grad(theirs.square().sum(), [x, layer.coefficients])
        return outcome & agree("by x", ours[0], want[0]) & agree("by coefficients", ours[1], want[1])

    @check("small", minutes=1)
    def time_hardly_grows_with_the_degree(self, lab: Lab) -> Outcome:
        """From degree 2 to 8 the time of the splines grows by less than half what the recursion's does, and is less."""
        matrix: dict[int, float] = {}
        recursion: dict[int, float] = {}
        for degree in (2, 8):
            layer = registry.get("block", "kan_linear").obj(64, 1, 8, degree)
            both: list[tuple[float, float]] = []
            for seed in lab.seeds:
                lab.seeds_used.add(seed)
                x = torch.rand(512, 64, generator=torch.Generator().manual_seed(seed)) * 2 - 1
                with torch.no_grad():
                    ours = seconds(partial(layer.splines, x))
                    theirs = seconds(partial(by_recursion, x, 8, degree, -1, 1))
                both.append((ours, theirs))
                lab.tell(f"degree {degree}, seed {seed}: {ours * 1e3:.2f} ms, by recursion {theirs * 1e3:.2f} ms")
            matrix[degree], recursion[degree] = (statistics.median(times) for times in zip(*both, strict=True))
        growth, theirs_growth = matrix[8] / matrix[2], recursion[8] / recursion[2]
        figure = (
            f"degree 2 to 8: {matrix[2] * 1e3:.2f} to {matrix[8] * 1e3:.2f} ms, by recursion {recursion[2] * 1e3:.2f} "
            f"to {recursion[8] * 1e3:.2f} ms; {recursion[8] / matrix[8]:.1f} times faster at degree 8"
        )
        confirmed = growth - 1 < (theirs_growth - 1) / 2 and matrix[8] < recursion[8]
        return Outcome(confirmed, figure, {"matrix_s": matrix, "recursion_s": recursion})
