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
    id="block_shuffle_linear",
    family="basic",
    tags=("dense", "block diagonal", "structured", "monarch", "efficient"),
    small={"blocks": 2},
    source=Source(
        "Xiuying Wei, Skander Moalla, Razvan Pascanu, Caglar Gulcehre",
        "Building on Efficient Foundations: Effectively Training LLMs with Structured Feedforward Layers",
        2024,
        "https://arxiv.org/abs/2406.16450",
    ),
    formula=Formula(
        r"y = P^{\top} \operatorname{diag}(V_1, \dots, V_n)\, P \operatorname{diag}(U_1, \dots, U_n)\, x + b",
        where="n is blocks; P deals features out to the blocks in turn. Between lie min(in_features, out_features).",
    ),
)
class BlockShuffleLinear(Structured):
    """Multiplies the last dim by two block-diagonal matrices, dealing the features out anew between and after them.

    N ... in_features -> N ... out_features. Raises ValueError if the blocks do not divide both, or the features of a
    block cannot be dealt out to all blocks.
    """

    axes: ClassVar[dict[str, str]] = {"u": "G E D", "v": "G E D"}

    def __init__(
        self,
        in_features: InFeatures,
        out_features: Annotated[Size, Doc("Features that go out.")],
        blocks: Annotated[Count, Doc("Blocks of each matrix.")] = 2,
        bias: Bias = True,
        guide_steps: GuideSteps = 0,
    ) -> None:
        super().__init__(in_features, out_features, bias, guide_steps)
        between = min(in_features, out_features)
        if in_features % blocks or out_features % blocks or between % (blocks * blocks):
            raise ValueError(
                f"{blocks} blocks do not divide {in_features} and {out_features} features, or their square not the "
                f"smaller; use another number"
            )
        inside = in_features // blocks, between // blocks, out_features // blocks
        self.u = nn.Parameter(torch.randn(blocks, inside[1], inside[0]) * inside[0] ** -0.5)
        self.v = nn.Parameter(torch.randn(blocks, inside[2], inside[1]) * inside[1] ** -0.5)
        self._start_guide()

    def _product(self, x: Tensor) -> Tensor:
        blocks = self.u.shape[0]
        parts = x.unflatten(-1, (blocks, 1, -1)) @ self.u.transpose(1, 2)
        dealt = parts.flatten(-3).unflatten(-1, (-1, blocks)).transpose(-1, -2).unsqueeze(-2)
        out = (dealt @ self.v.transpose(1, 2)).squeeze(-2)
        return out.transpose(-1, -2).flatten(-2)

    def forward(self, x: Features) -> Features:
        return super().forward(x)
