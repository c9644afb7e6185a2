from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor, nn

from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="gelu",
    title="GELU",
    family="activation",
    tags=("activation", "nonlinearity"),
    source=Source(
        "Dan Hendrycks, Kevin Gimpel", "Gaussian Error Linear Units (GELUs)", 2016, "https://arxiv.org/abs/1606.08415"
    ),
    formula=Formula(
        r"y = x\,\Phi(x) = \frac{x}{2}\left(1 + \operatorname{erf}\frac{x}{\sqrt{2}}\right)",
        r"y \approx \frac{x}{2}\left(1 + \tanh\left(\sqrt{\tfrac{2}{\pi}}\,(x + 0.044715\,x^{3})\right)\right)",
        where="Φ is the standard normal distribution; the second line is approximate = tanh.",
    ),
)
class GELU(nn.GELU):
    """Weighs each value by the chance that a standard normal number is below it.

    N ... -> the same.
    """

    def __init__(
        self, approximate: Annotated[Literal["none", "tanh"], Doc("Exact, or by the tanh formula.")] = "none"
    ) -> None:
        super().__init__(approximate)

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall.of("nn.GELU", approximate=(self.approximate, "none"))
