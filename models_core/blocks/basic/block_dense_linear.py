from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Bias, Count, InFeatures, Size
from models_core.blocks.basic._structured import GuideSteps, Structured
from models_core.ports import Features
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="block_dense_linear",
    family="basic",
    tags=("dense", "block diagonal", "structured", "efficient"),
    small={"rank": 6, "blocks": 2},
    source=Source(
        "Xiuying Wei, Skander Moalla, Razvan Pascanu, Caglar Gulcehre",
        "Building on Efficient Foundations: Effectively Training LLMs with Structured Feedforward Layers",
        2024,
        "https://arxiv.org/abs/2406.16450",
    ),
    formula=Formula(
        r"y = V \operatorname{diag}(U_1, \dots, U_n)\, x + b",
        where="n is blocks; each U is rank / n × in_features / n, V is out_features × rank.",
    ),
)
class BlockDenseLinear(Structured):
    """Multiplies the last dim by a block-diagonal matrix and then by a dense one.

    N ... in_features -> N ... out_features. Raises ValueError if the blocks do not divide in_features and rank.
    """

    axes: ClassVar[dict[str, str]] = {"u": "G E D"}

    def __init__(
        self,
        in_features: InFeatures,
        out_features: Annotated[Size, Doc("Features that go out.")],
        rank: Annotated[Size, Doc("Features between the two matrices.")] = 64,
        blocks: Annotated[Count, Doc("Blocks of the first matrix.")] = 2,
        bias: Bias = True,
        guide_steps: GuideSteps = 0,
    ) -> None:
        super().__init__(in_features, out_features, bias, guide_steps)
        if in_features % blocks or rank % blocks:
            raise ValueError(f"{blocks} blocks do not divide {in_features} features and rank {rank}; use a divisor")
        self.u = nn.Parameter(
            torch.randn(blocks, rank // blocks, in_features // blocks) * (blocks / in_features) ** 0.5
        )
        self.v = nn.Linear(rank, out_features, bias=False)
        self._start_guide()

    def _product(self, x: Tensor) -> Tensor:
        parts = x.unflatten(-1, (self.u.shape[0], 1, -1)) @ self.u.transpose(1, 2)
        return self.v(parts.flatten(-3))

    def forward(self, x: Features) -> Features:
        return super().forward(x)
