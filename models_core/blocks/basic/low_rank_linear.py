from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Bias, InFeatures, Size
from models_core.blocks.basic._structured import GuideSteps, Structured
from models_core.ports import Features
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="low_rank_linear",
    family="basic",
    tags=("dense", "low rank", "structured", "efficient"),
    small={"rank": 3, "guide_steps": 0},
    source=Source(
        "Xiuying Wei, Skander Moalla, Razvan Pascanu, Caglar Gulcehre",
        "Building on Efficient Foundations: Effectively Training LLMs with Structured Feedforward Layers",
        2024,
        "https://arxiv.org/abs/2406.16450",
    ),
    formula=Formula(
        r"y = V U x + b",
        where="U is rank × in_features, V out_features × rank. A guide has its share of y as a dense W x.",
    ),
)
class LowRankLinear(Structured):
    """Multiplies the last dim by a tall and a flat matrix in place of one large matrix.

    N ... in_features -> N ... out_features.
    """

    def __init__(
        self,
        in_features: InFeatures,
        out_features: Annotated[Size, Doc("Features that go out.")],
        rank: Annotated[Size, Doc("Features between the two matrices.")] = 64,
        bias: Bias = True,
        guide_steps: GuideSteps = 0,
    ) -> None:
        super().__init__(in_features, out_features, bias, guide_steps)
        self.u = nn.Linear(in_features, rank, bias=False)
        self.v = nn.Linear(rank, out_features, bias=False)
        self._start_guide()

    def _product(self, x: Tensor) -> Tensor:
        return self.v(self.u(x))

    def forward(self, x: Features) -> Features:
        return super().forward(x)
