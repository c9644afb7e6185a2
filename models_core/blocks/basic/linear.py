from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Bias, InFeatures, Size
from models_core.declare import TorchCall
from models_core.ports import Features
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="linear",
    family="basic",
    tags=("dense", "fully connected"),
    formula=Formula(r"y = W x + b", where="W is out_features × in_features; b is there unless bias is off."),
)
class Linear(nn.Linear):
    """Multiplies the last dim by a learned matrix and adds a bias.

    N ... in_features -> N ... out_features.
    """

    def __init__(
        self,
        in_features: InFeatures,
        out_features: Annotated[Size, Doc("Features that go out.")],
        bias: Bias = True,
    ) -> None:
        super().__init__(in_features, out_features, bias)

    def forward(self, x: Features) -> Features:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        sizes = {"in_features": self.in_features, "out_features": self.out_features}
        return TorchCall.of("nn.Linear", sizes, bias=(self.bias is not None, True))
