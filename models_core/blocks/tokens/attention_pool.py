from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Width
from models_core.ports import Port, Sequence, Vector
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="attention_pool",
    family="tokens",
    tags=("pooling", "sequence", "head", "attention"),
    source=Source(
        "Zichao Yang, Diyi Yang, Chris Dyer, Xiaodong He, Alex Smola, Eduard Hovy",
        "Hierarchical Attention Networks for Document Classification",
        2016,
        "https://doi.org/10.18653/v1/N16-1174",
    ),
    formula=Formula(
        r"s_t = v^{\top} \tanh(W x_t + b)",
        r"y = \sum_{t} \operatorname{softmax}(s)_t\; x_t",
        where="t runs over the tokens whose mask is not 0.",
    ),
)
class AttentionPool(nn.Module):
    """Makes one vector of a sequence: an average in which a learned score weighs each token.

    N L D -> N D. With `mask` (N L), positions where it is 0 are left out.
    """

    mixes_positions = True

    def __init__(self, dim: Width) -> None:
        super().__init__()
        self.hidden = nn.Linear(dim, dim)
        self.score = nn.Linear(dim, 1, bias=False)

    def forward(self, x: Sequence, mask: Annotated[Tensor, Port("N L", dtype="any")] | None = None) -> Vector:
        scores = self.score(self.hidden(x).tanh())
        if mask is not None:
            scores = scores.masked_fill(mask.eq(0).unsqueeze(2), -1e4)
        return (scores.softmax(1) * x).sum(1)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        return length * (dim * dim + 2 * dim)
