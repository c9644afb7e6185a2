from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Kernel2d, Padding, Stride
from models_core.declare import TorchCall, Window, each
from models_core.ops.padding import check_pool_padding
from models_core.ports import Image
from models_core.registry import Doc, Formula, register


@register(
    "block",
    id="avg_pool2d",
    title="Avg pool 2d",
    family="pooling",
    tags=("pooling", "image", "downsampling", "mean"),
    formula=Formula(
        r"y_{c,i,j} = \frac{1}{k^2} \sum_{u,v=0}^{k-1} x_{c,\; s i + u - p,\; s j + v - p}",
        where=(
            "k is kernel_size, s stride, p padding; the zeros of the padding do not count if count_include_pad is off."
        ),
    ),
)
class AvgPool2d(nn.AvgPool2d):
    """Averages each window of an image.

    N C H W -> N C H' W' with H' = floor((H + 2 padding - kernel) / stride) + 1. Raises ValueError if the padding is
    more than half the kernel.
    """

    def __init__(
        self,
        kernel_size: Kernel2d = 2,
        stride: Annotated[
            Stride | tuple[Stride, Stride] | None, Doc("Positions the window moves by; empty: its own size.")
        ] = None,
        padding: Annotated[Padding | tuple[Padding, Padding], Doc("Zeros added at every edge.")] = 0,
        ceil_mode: Annotated[bool, Doc("Whether a window that is only partly inside counts.")] = False,
        count_include_pad: Annotated[bool, Doc("Whether the zeros of the padding count in the average.")] = True,
    ) -> None:
        check_pool_padding(each(padding, 2), each(kernel_size, 2))
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)

    def forward(self, x: Image) -> Image:
        return super().forward(x)

    def window(self) -> Window:
        return Window(each(self.kernel_size, 2), each(self.stride, 2), (1, 1))

    def as_torch(self) -> TorchCall:
        return TorchCall.of(
            "nn.AvgPool2d",
            {"kernel_size": self.kernel_size},
            stride=(self.stride, self.kernel_size),
            padding=(self.padding, 0),
            ceil_mode=(self.ceil_mode, False),
            count_include_pad=(self.count_include_pad, True),
        )
