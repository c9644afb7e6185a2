from __future__ import annotations

from torch import nn

from models_core.declare import TorchCall
from models_core.ports import AnyTensor
from models_core.registry import Formula, register


@register("block", id="identity", family="basic", formula=Formula(r"y = x"))
class Identity(nn.Identity):
    """Gives out what comes in, unchanged."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, x: AnyTensor) -> AnyTensor:
        return x

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.Identity")
