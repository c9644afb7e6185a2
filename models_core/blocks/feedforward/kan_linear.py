from __future__ import annotations

from math import comb, factorial
from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import InFeatures, Size
from models_core.ports import Features
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="kan_linear",
    title="KAN linear",
    family="feedforward",
    tags=("kan", "spline", "kolmogorov-arnold"),
    source=Source(
        "Cale Coffman, Lizhong Chen",
        "MatrixKAN: Parallelized Kolmogorov-Arnold Network",
        2025,
        "https://arxiv.org/abs/2502.07176",
    ),
    formula=Formula(
        r"y_o = \sum_{i} \left( w_{o,i}\, \operatorname{silu}(x_i) + \sum_{m} c_{o,i,m}\, B_m(x_i) \right)",
        r"\left[ B_{j}(x), \dots, B_{j+k}(x) \right] = \left[ 1, u, \dots, u^k \right] M",
        where=(
            "B are the B-splines of degree k on grid equal intervals from low to high and k beyond each end; x lies u "
            "into its interval j, and M holds the polynomials of the pieces."
        ),
    ),
)
class KanLinear(nn.Module):
    """Sends each input through a learned curve for each output and adds them: a layer of a Kolmogorov-Arnold network.

    N ... in_features -> N ... out_features. The curves are B-splines on equal intervals, evaluated by one product of
    powers and a fixed matrix instead of a recursion over degrees, plus a scaled silu. Raises ValueError unless low is
    below high.
    """

    basis: Tensor
    axes: ClassVar[dict[str, str]] = {"base": "D_out D", "coefficients": "D_out D M"}

    def __init__(
        self,
        in_features: InFeatures,
        out_features: Annotated[Size, Doc("Features that go out.")],
        grid: Annotated[int, Range(1, 256), Doc("Intervals between low and high.")] = 5,
        degree: Annotated[int, Range(1, 12), Doc("Degree of the pieces.")] = 3,
        low: Annotated[float, Range(-1e4, 1e4), Doc("Where the grid begins.")] = -1.0,
        high: Annotated[float, Range(-1e4, 1e4), Doc("Where the grid ends.")] = 1.0,
    ) -> None:
        super().__init__()
        if not low < high:
            raise ValueError(f"low {low} is not below high {high}; the grid needs room between them")
        self.grid, self.degree, self.low, self.high = grid, degree, low, high
        self.register_buffer("basis", torch.tensor(_pieces(degree)), persistent=False)
        self.base = nn.Parameter(torch.empty(out_features, in_features))
        self.coefficients = nn.Parameter(torch.empty(out_features, in_features, grid + degree))
        nn.init.kaiming_uniform_(self.base, a=5**0.5)
        nn.init.normal_(self.coefficients, std=0.1 / in_features**0.5)

    def splines(self, x: Tensor) -> Tensor:
        """All grid + degree B-splines at x; they come as a last dim."""
        degree, count = self.degree, self.grid + self.degree
        at = (x - self.low) / (self.high - self.low) * self.grid + degree
        inside = (at >= 0) & (at < self.grid + 2 * degree)
        interval = at.floor().clamp(0, self.grid + 2 * degree - 1)
        u = (at - interval).clamp(0, 1)
        powers = [torch.ones_like(u)]
        for _ in range(degree):
            powers.append(powers[-1] * u)
        pieces = torch.matmul(torch.stack(powers, -1), self.basis.to(x.dtype)) * inside.unsqueeze(-1)
        # Spline m is piece number m - interval + degree of those that are not zero here.
        places = interval.long().unsqueeze(-1) + torch.arange(degree + 1, device=x.device)
        spread = torch.zeros(*x.shape, count + 2 * degree, dtype=x.dtype, device=x.device)
        return spread.scatter(-1, places, pieces)[..., degree : degree + count]

    def forward(self, x: Features) -> Features:
        curves = nn.functional.linear(self.splines(x).flatten(-2), self.coefficients.flatten(1))
        return curves + nn.functional.linear(nn.functional.silu(x), self.base)


def _pieces(degree: int) -> list[list[float]]:
    """Coefficient of u to the power p (row) in piece b (column) of the uniform B-spline over one interval."""
    rows = []
    for power in range(degree + 1):
        row = []
        for piece in range(degree + 1):
            terms = (
                (-1) ** (term - piece) * comb(degree + 1, term - piece) * (degree - term) ** (degree - power)
                for term in range(piece, degree + 1)
            )
            row.append(comb(degree, power) * sum(terms) / factorial(degree))
        rows.append(row)
    return rows
