from __future__ import annotations

from typing import Annotated, Literal

from torch import nn

from models_core.blocks._sizes import Kernel
from models_core.declare import TorchCall, Window, each
from models_core.ports import Image
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="upsample",
    family="shape",
    tags=("image", "resize", "interpolate"),
    formula=Formula(
        r"y_{c,i,j} = x_{c,\; \lfloor i / s \rfloor,\; \lfloor j / s \rfloor}",
        where="Mode nearest; s is scale. The others weigh the values around ((i + ½) / s - ½, (j + ½) / s - ½).",
    ),
)
class Upsample(nn.Upsample):
    """Enlarges an image by a whole factor.

    N C H W -> N C (H x scale) (W x scale).
    """

    def __init__(
        self,
        scale: Annotated[Kernel | tuple[Kernel, Kernel], Doc("How many times higher and wider.")] = 2,
        mode: Annotated[Literal["nearest", "bilinear", "bicubic"], Doc("How values between are found.")] = "nearest",
    ) -> None:
        factors = tuple(float(factor) for factor in each(scale, 2))
        super().__init__(scale_factor=factors, mode=mode)
        self.steps = tuple(1 / factor for factor in factors)

    def forward(self, x: Image) -> Image:
        return super().forward(x)

    def window(self) -> Window:
        reach = {"nearest": 1, "bilinear": 2, "bicubic": 4}[self.mode]
        return Window((reach, reach), self.steps, (1, 1))

    def as_torch(self) -> TorchCall:
        return TorchCall.of("nn.Upsample", {"scale_factor": self.scale_factor}, mode=(self.mode, "nearest"))
