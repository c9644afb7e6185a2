from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="hardswish",
    family="activation",
    tags=("activation", "nonlinearity"),
    source=Source(
        "Andrew Howard, Mark Sandler, Grace Chu and others",
        "Searching for MobileNetV3",
        2019,
        "https://arxiv.org/abs/1905.02244",
    ),
    formula=Formula(r"y = x \cdot \frac{\min(\max(x + 3,\, 0),\, 6)}{6}"),
)
class Hardswish(nn.Hardswish):
    """Approximates silu by straight pieces: x · relu6(x + 3) / 6.

    N ... -> the same.
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.Hardswish")
