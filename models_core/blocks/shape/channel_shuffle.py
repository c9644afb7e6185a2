from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Size
from models_core.ports import Port
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="channel_shuffle",
    family="shape",
    tags=("image", "mobile"),
    source=Source(
        "Xiangyu Zhang, Xinyu Zhou, Mengxiao Lin, Jian Sun",
        "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices",
        2018,
        "https://arxiv.org/abs/1707.01083",
    ),
    formula=Formula(r"y_{j g + i} = x_{i C / g + j}, \quad 0 \le i < g, \quad 0 \le j < C / g", where="g is groups."),
)
class ChannelShuffle(nn.Module):
    """Deals the channels out like cards, so that groups of channels meet.

    N C ... -> N C ... . Raises ValueError if groups do not divide the channels.
    """

    def __init__(self, groups: Annotated[Size, Doc("Groups the channels come in.")] = 2) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Annotated[Tensor, Port("N C ...")]) -> Annotated[Tensor, Port("N C ...")]:
        if x.shape[1] % self.groups:
            raise ValueError(f"{self.groups} groups do not divide {x.shape[1]} channels; choose a divisor")
        return x.unflatten(1, (self.groups, -1)).transpose(1, 2).flatten(1, 2)

    def as_expression(self, x: str) -> str:
        return f"{x}.unflatten(1, ({self.groups}, -1)).transpose(1, 2).flatten(1, 2)"
