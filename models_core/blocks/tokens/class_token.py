from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import nn

from models_core.blocks._sizes import Width
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="class_token",
    family="tokens",
    tags=("transformer", "cls"),
    source=Source(
        "Jacob Devlin, Ming-Wei Chang, Kenton Lee, Kristina Toutanova",
        "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
        2019,
        "https://arxiv.org/abs/1810.04805",
    ),
    formula=Formula(
        r"Y = \left[\, w,\, x_1,\, \dots,\, x_L \,\right]", where="w is learned; where = last puts it at the end."
    ),
)
class ClassToken(nn.Module):
    """Adds one learned token to every sequence, in which a transformer can gather what it needs for its answer.

    N L D -> N (L + 1) D.
    """

    axes: ClassVar[dict[str, str]] = {"weight": "1 1 D"}

    def __init__(
        self,
        dim: Width,
        where: Annotated[Literal["first", "last"], Doc("The end at which the token is put.")] = "first",
    ) -> None:
        super().__init__()
        self.where = where
        self.weight = nn.Parameter(torch.zeros(1, 1, dim))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, x: Sequence) -> Sequence:
        token = self.weight.expand(x.shape[0], -1, -1)
        return torch.cat((token, x) if self.where == "first" else (x, token), 1)
