from __future__ import annotations

import math
from typing import Annotated, ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Count, Size, Width
from models_core.blocks.attention._heads import Causal
from models_core.declare import Cost
from models_core.ops.routing import balance_loss, chosen_linear, dense_gates, must_be_static, route
from models_core.ports import Port, Sequence
from models_core.registry import Doc, Formula, Range, Source, register


class Gathered(NamedTuple):
    """What the picked heads gather, and how unevenly heads are used and how large the router's scores are."""

    out: Sequence
    balance: Annotated[Tensor, Port("", role="loss")]


@register(
    "block",
    id="mixture_of_heads",
    title="Mixture of attention heads",
    family="attention",
    tags=("transformer", "mixture of experts", "routing", "sparse", "multi-query", "causal"),
    source=Source(
        "Xiaofeng Zhang, Yikang Shen, Zeyu Huang, Jie Zhou, Wenge Rong, Zhang Xiong",
        "Mixture of Attention Heads: Selecting Attention Heads Per Token",
        2022,
        "https://arxiv.org/abs/2210.05144",
    ),
    formula=Formula(
        r"p = \operatorname{softmax}(W_g x), \quad y = \sum_{e \in \operatorname{top}_k(p)} g_e\, H_e(x)",
        r"H_e(x) = \operatorname{softmax}\left(\frac{x W_q^{(e)} K^{\top}}{\sqrt{d}} + M\right) V\, W_o^{(e)}",
        r"\ell = \lambda\, n \sum_{e} f_e\, \bar{p}_e + \mu\, \overline{(\log \sum_e \exp (W_g x)_e)^2}",
        where="K and V are shared by all heads; f is a head's share of choices. g is p over the sum of the picked.",
    ),
    small={"experts": 3, "k": 2},
)
class MixtureOfHeads(nn.Module):
    """Attention in which a router picks a few heads for each token; all heads share keys and values.

    N L D -> the same, and the loss that keeps heads evenly used and the router's scores small. Raises ValueError if
    there are fewer heads than are picked.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"wq": "experts D E", "wo": "experts E D"}

    def __init__(
        self,
        dim: Width,
        experts: Annotated[Count, Doc("Heads to pick from.")] = 8,
        k: Annotated[Count, Doc("Heads that each token uses.")] = 2,
        head_dim: Annotated[Size, Doc("Features of each head.")] = 32,
        causal: Causal = False,
        balance: Annotated[float, Range(0, 100), Doc("Weight λ of the loss for even use.")] = 0.01,
        router_z: Annotated[float, Range(0, 100), Doc("Weight μ of the loss for small scores.")] = 0.001,
    ) -> None:
        super().__init__()
        if k > experts:
            raise ValueError(f"{k} of {experts} heads cannot be picked; lower k or add heads")
        self.experts, self.k, self.head_dim, self.causal = experts, k, head_dim, causal
        self.balance, self.router_z = balance, router_z
        self.router = nn.Linear(dim, experts, bias=False)
        self.kv = nn.Linear(dim, 2 * head_dim, bias=False)
        self.wq = nn.Parameter(torch.empty(experts, dim, head_dim).uniform_(-(dim**-0.5), dim**-0.5))
        self.wo = nn.Parameter(torch.empty(experts, head_dim, dim).uniform_(-(head_dim**-0.5), head_dim**-0.5))

    def forward(self, x: Sequence) -> Gathered:
        tokens = x.flatten(0, 1)
        logits = self.router(tokens)
        scores = logits.softmax(-1)
        routes = route(scores, self.k)
        # The sum of the picked ones has no gradient, as in the paper.
        gates = routes.gates / routes.gates.detach().sum(-1, keepdim=True)
        k, v = self.kv(x).chunk(2, -1)
        if must_be_static(x):
            q = torch.einsum("nld,edh->nelh", x, self.wq)
            weights = dense_gates(routes._replace(gates=gates), self.experts).unflatten(0, x.shape[:2])
            y = torch.einsum("nelh,nle,ehd->nld", self.attend(q, k, v), weights, self.wo)
        else:
            slots = tokens[:, None].expand(-1, self.k, -1)
            q = chosen_linear(slots, routes.experts, self.wq).unflatten(0, x.shape[:2]).transpose(1, 2)
            gathered = self.attend(q, k, v).transpose(1, 2).flatten(0, 1)
            y = (chosen_linear(gathered, routes.experts, self.wo) * gates[:, :, None]).sum(1).view(x.shape)
        loss = self.balance * balance_loss(scores, routes.experts)
        return Gathered(y, loss + self.router_z * logits.logsumexp(-1).square().mean())

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Queries N heads L d over shared keys and values N L d."""
        scores = q @ k[:, None].transpose(-2, -1) / math.sqrt(self.head_dim)
        if self.causal:
            later = torch.ones(q.shape[2], q.shape[2], dtype=torch.bool, device=q.device).triu(1)
            scores = scores.masked_fill(later, -1e4)
        return scores.softmax(-1) @ v[:, None]

    def cost(self, in_shapes: list[tuple[int, ...]]) -> Cost:
        length, dim = in_shapes[0][-2:]
        head = 2 * dim * self.head_dim
        shared = dim * self.experts + head
        macs = length * (shared + self.k * head) + 2 * self.k * length * length * self.head_dim
        return Cost(macs, shared + self.k * head)
