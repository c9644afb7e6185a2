from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Size
from models_core.ops.joining import check_same_rank
from models_core.ports import COUNT, Port
from models_core.registry import Doc, Follows, Formula, Range, Source, Traits, register


@register(
    "block",
    id="gumbel_choice",
    title="Gumbel choice",
    family="connection",
    tags=("search", "choice", "join", "differentiable", "architecture"),
    traits=Traits(stochastic=True),
    source=Source(
        "Eric Jang, Shixiang Gu, Ben Poole",
        "Categorical Reparameterization with Gumbel-Softmax",
        2017,
        "https://arxiv.org/abs/1611.01144",
    ),
    formula=Formula(
        r"y = \sum_k w_k\, x^{(k)}, \quad w = \mathrm{softmax}\left((\alpha + g) / \tau\right)",
        where="α is learned, g is Gumbel noise, drawn for every batch; in evaluation y is the x of the largest α.",
    ),
)
class GumbelChoice(nn.Module):
    """Chooses one of its inputs by learned weights: a random mixture in training, the one of most weight afterwards.

    Several N ... of one shape -> N ... . With its inputs made by different nodes, training searches among these. Raises
    ValueError if the numbers of dims differ or not `n` tensors come in.
    """

    axes: ClassVar[dict[str, str]] = {"weight": "inputs"}

    def __init__(
        self,
        n: Annotated[Size, Follows("xs", COUNT), Doc("How many tensors come in.")],
        tau: Annotated[float, Range(0.01, 100), Doc("Temperature: the lower, the nearer a mixture is to one.")] = 1.0,
    ) -> None:
        super().__init__()
        self.n = n
        self.tau = tau
        self.weight = nn.Parameter(torch.zeros(n))

    def forward(self, *xs: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        check_same_rank("gumbel_choice", xs)
        if len(xs) != self.n:
            raise ValueError(f"gumbel_choice has weights for {self.n} inputs, but gets {len(xs)}; let n follow them")
        if self.training:
            # The logarithm of an exponential variable, taken away, is Gumbel's.
            noise = torch.empty_like(self.weight).exponential_().log()
            shares = ((self.weight - noise) / self.tau).softmax(0)
        else:
            shares = nn.functional.one_hot(self.weight.argmax(), self.n).to(xs[0].dtype)
        total = xs[0] * shares[0]
        for at in range(1, self.n):
            total = total + xs[at] * shares[at]
        return total

    def cost(self, in_shapes: list[tuple[tuple[int, ...], ...]]) -> int:
        size = 1
        for dim in in_shapes[0][0]:
            size *= dim
        return self.n * size
