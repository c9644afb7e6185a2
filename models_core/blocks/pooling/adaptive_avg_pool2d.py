from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Kernel
from models_core.declare import TorchCall
from models_core.ports import Image
from models_core.registry import Doc, register


@register(
    "block",
    id="adaptive_avg_pool2d",
    title="Adaptive avg pool 2d",
    family="pooling",
    tags=("pooling", "image", "mean"),
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
