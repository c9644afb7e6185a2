from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.ports import Port, Vector
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="global_avg_pool",
    title="Global avg pool",
    family="pooling",
    tags=("pooling", "image", "mean", "head"),
    source=Source("Min Lin, Qiang Chen, Shuicheng Yan", "Network In Network", 2014, "https://arxiv.org/abs/1312.4400"),
    formula=Formula(r"y_c = \frac{1}{P} \sum_{p=1}^{P} x_{c,p}", where="p runs over all P positions."),
)
class GlobalAvgPool(nn.Module):
    """Averages each channel over all positions.

    N C ... -> N C.
    """

    mixes_positions = True

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Annotated[Tensor, Port("N C ...")]) -> Vector:
        return x.flatten(2).mean(2)

    def as_expression(self, x: str) -> str:
        return f"{x}.flatten(2).mean(2)"
