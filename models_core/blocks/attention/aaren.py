from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Count, Width
from models_core.ops.scan import softmax_scan, softmax_state, softmax_step
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, Traits, register


@register(
    "block",
    id="aaren",
    family="attention",
    tags=("sequence", "recurrent", "multi-head", "causal", "streaming"),
    traits=Traits(causal=True),
    source=Source(
        "Leo Feng, Frederick Tung, Hossein Hajimirsadeghi, Mohamed Osama Ahmed, Yoshua Bengio, Greg Mori",
        "Attention as an RNN",
        2024,
        "https://arxiv.org/abs/2405.13956",
    ),
    formula=Formula(
        r"s_t = \frac{q^{\top} W_K x_t}{\sqrt{d}}",
        r"a_t = \sum_{j \le t} \operatorname{softmax}(s_1, \dots, s_t)_j\, W_V x_j",
        r"y_t = W_O a_t + b",
        where="In each of n heads, of d = dim / n features; q is learned, one for each head.",
    ),
)
class Aaren(nn.Module):
    """Averages all tokens so far by how well each matches a learned query, with a state that never grows.

    N L D -> the same, no output seeing a later token. Raises ValueError if the heads do not divide D.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"query": "E D"}

    def __init__(
        self,
        dim: Width,
        heads: Annotated[Count, Doc("Heads, each with a query and dim / heads features of its own.")] = 8,
        bias: Bias = True,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        self.heads = heads
        self.query = nn.Parameter(torch.randn(heads, dim // heads))
        self.kv = nn.Linear(dim, 2 * dim, bias=bias)
        self.proj = nn.Linear(dim, dim, bias=bias)

    def _scores(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores ... heads and values ... heads d of tokens ... D."""
        key, value = self.kv(x).unflatten(-1, (2, self.heads, -1)).unbind(-3)
        return (key * self.query).sum(-1) * self.query.shape[1] ** -0.5, value

    def forward(self, x: Sequence) -> Sequence:
        return self.proj(softmax_scan(*self._scores(x)).flatten(2))

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        return length * (3 * dim * dim + 2 * dim)

    def init_state(self, batch: int) -> tuple[Tensor, ...]:
        score = self.query.new_zeros(batch, self.heads)
        return softmax_state(score, score.unsqueeze(-1).expand(*score.shape, self.query.shape[1]))

    def step(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        y, after = softmax_step(*self._scores(x), (state[0], state[1], state[2]))
        return self.proj(y.flatten(1)), after
