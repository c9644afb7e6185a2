from __future__ import annotations

import math
from typing import Annotated, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Count, InFeatures, Ratio, Size
from models_core.declare import Cost
from models_core.ops.activations import Activation, make_activation
from models_core.ops.routing import balance_loss, mixture, route
from models_core.ports import Features, Port
from models_core.registry import Doc, Formula, Range, Source, register


class Mixed(NamedTuple):
    """What a mixture gives, and how unevenly its experts are used."""

    out: Features
    balance: Annotated[Tensor, Port("", role="loss")]


@register(
    "block",
    id="moe_mlp",
    title="Mixture-of-experts MLP",
    family="feedforward",
    tags=("mixture of experts", "routing", "sparse", "switch", "transformer"),
    source=Source(
        "Noam Shazeer, Azalia Mirhoseini, Krzysztof Maziarz, Andy Davis and others",
        "Outrageously Large Neural Networks: The Sparsely-Gated Mixture-of-Experts Layer",
        2017,
        "https://arxiv.org/abs/1701.06538",
    ),
    formula=Formula(
        r"p = \operatorname{softmax}(W_r x), \quad y = \sum_{e \in \operatorname{top}_k(p)} p_e\, E_e(x)",
        r"E_e(x) = W_2^{(e)} \varphi(W_1^{(e)} x + b_1^{(e)}) + b_2^{(e)}",
        r"\ell = \lambda\, n \sum_{e} f_e\, \bar{p}_e",
        where="f is the share of choices that go to an expert, p̄ its mean probability; ℓ is λ where use is even.",
    ),
    small={"experts": 3, "k": 2},
)
class MoeMlp(nn.Module):
    """Several MLPs side by side, of which each position uses the few that a router picks for it.

    N ... D -> N ... D, each position by itself, and the loss that keeps the experts evenly used. Raises ValueError if
    there are fewer experts than are picked.
    """

    axes: ClassVar[dict[str, str]] = {"w1": "experts D H", "b1": "experts H", "w2": "experts H D", "b2": "experts D"}

    def __init__(
        self,
        dim: InFeatures,
        hidden_features: Annotated[Size | None, Doc("Features inside an expert; empty: ratio x dim.")] = None,
        experts: Annotated[Count, Doc("MLPs to pick from.")] = 4,
        k: Annotated[Count, Doc("MLPs that each position uses.")] = 2,
        ratio: Annotated[Ratio, Doc("Features inside for each that comes in.")] = 4.0,
        activation: Annotated[Activation, Doc("What lies between the two matrices.")] = "gelu",
        normalise: Annotated[bool, Doc("Whether the gates of a position are scaled to sum to 1.")] = False,
        balance: Annotated[float, Range(0, 100), Doc("Weight λ of the loss for even use.")] = 0.01,
    ) -> None:
        super().__init__()
        if k > experts:
            raise ValueError(f"{k} of {experts} experts cannot be picked; lower k or add experts")
        hidden = hidden_features or max(1, int(dim * ratio))
        self.experts, self.k, self.normalise, self.balance, self.hidden = experts, k, normalise, balance, hidden
        self.router = nn.Linear(dim, experts, bias=False)
        self.act = make_activation(activation)
        # Drawn as nn.Linear draws its own.
        self.w1 = nn.Parameter(torch.empty(experts, dim, hidden).uniform_(-(dim**-0.5), dim**-0.5))
        self.b1 = nn.Parameter(torch.empty(experts, hidden).uniform_(-(dim**-0.5), dim**-0.5))
        self.w2 = nn.Parameter(torch.empty(experts, hidden, dim).uniform_(-(hidden**-0.5), hidden**-0.5))
        self.b2 = nn.Parameter(torch.empty(experts, dim).uniform_(-(hidden**-0.5), hidden**-0.5))

    def forward(self, x: Features) -> Mixed:
        tokens = x.reshape(-1, x.shape[-1])
        scores = self.router(tokens).softmax(-1)
        routes = route(scores, self.k, normalise=self.normalise)
        y = mixture(tokens, routes, self.experts, self.expert)
        return Mixed(y.view(x.shape), self.balance * balance_loss(scores, routes.experts))

    def expert(self, e: int, x: Tensor) -> Tensor:
        """What one expert makes of some tokens."""
        return torch.addmm(self.b2[e], self.act(torch.addmm(self.b1[e], x, self.w1[e])), self.w2[e])

    def cost(self, in_shapes: list[tuple[int, ...]]) -> Cost:
        dim = in_shapes[0][-1]
        tokens = math.prod(in_shapes[0][:-1])
        expert = 2 * dim * self.hidden
        macs = tokens * (dim * self.experts + self.k * expert)
        return Cost(macs, dim * self.experts + self.k * (expert + self.hidden + dim))
