from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Kernel
from models_core.declare import TorchCall
from models_core.ports import Image
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="adaptive_avg_pool2d",
    title="Adaptive avg pool 2d",
    family="pooling",
    tags=("pooling", "image", "mean"),
    formula=Formula(
        r"y_{c,i,j} = \operatorname{mean}\left\{\, x_{c,u,v} : u \in R_i,\; v \in S_j \,\right\}",
        r"R_i = \left[\, \lfloor i H / H' \rfloor,\; \lceil (i + 1) H / H' \rceil \,\right)",
        where="H' is the height that goes out; S likewise, with widths.",
    ),
)
class AdaptiveAvgPool2d(nn.AdaptiveAvgPool2d):
    """Averages an image down (or repeats it up) to a fixed height and width.

    N C H W -> N C output_size output_size.
    """

    mixes_positions = True

    def __init__(
        self,
        output_size: Annotated[Kernel | tuple[Kernel, Kernel], Doc("Height and width that go out.")] = 1,
    ) -> None:
        super().__init__(output_size)

    def forward(self, x: Image) -> Image:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall.of("nn.AdaptiveAvgPool2d", {"output_size": self.output_size})
