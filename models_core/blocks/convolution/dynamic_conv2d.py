from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Kernel
from models_core.declare import Window
from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="dynamic_conv2d",
    title="Dynamic conv 2d",
    family="convolution",
    tags=("image", "dynamic", "depthwise", "aggregation", "large kernel"),
    source=Source(
        "Ao Wang, Hui Chen, Zijia Lin, Jungong Han, Guiguang Ding",
        "LSNet: See Large, Focus Small",
        2025,
        "https://arxiv.org/abs/2503.23135",
    ),
    formula=Formula(
        r"y_{c,i,j} = \sum_{u,v=0}^{k-1} w_{(c \bmod m)\, k^2 + u k + v,\; i,j}\; x_{c,\; i + u - p,\; j + v - p}",
        where="k is kernel_size, p = (k - 1) / 2, and m = D / k² kernels are shared by the channels; x is 0 outside.",
    ),
    small={"kernel_size": 1},
)
class DynamicConv2d(nn.Module):
    """Slides kernels over an image that are others at every position: they come in by a port of their own.

    x, N C H W, and kernels, N D H W with D = m x kernel_size²: channels c, c + m, c + 2 m, ... have the same kernel ->
    N C H W. Raises ValueError if the kernel's size is even or such kernels cannot be shared by C channels.
    """

    def __init__(
        self, kernel_size: Annotated[Kernel, Doc("Height and width of the kernels; an odd number.")] = 3
    ) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            raise ValueError(f"a kernel of {kernel_size} has no position in the middle; use an odd number")
        self.kernel_size = kernel_size

    def forward(self, x: Image, kernels: Annotated[Tensor, Port("N D H W")]) -> Image:
        size, (height, width) = self.kernel_size, x.shape[2:]
        sets, rest = divmod(kernels.shape[1], size**2)
        if rest or not sets or x.shape[1] % sets:
            raise ValueError(
                f"{kernels.shape[1]} channels of kernels are not {size}² for each of a number of kernels that divides "
                f"{x.shape[1]} channels; give one, or as many as divide them, times {size**2}"
            )
        pad = size // 2
        taps = kernels.unflatten(1, (1, sets, size**2))
        padded = nn.functional.pad(x, (pad, pad, pad, pad)).unflatten(1, (-1, sets))
        total = padded[..., :height, :width] * taps[:, :, :, 0]
        for at in range(1, size**2):
            row, column = divmod(at, size)
            total = total + padded[..., row : row + height, column : column + width] * taps[:, :, :, at]
        return total.flatten(1, 2)

    def window(self) -> Window:
        return Window((self.kernel_size,) * 2, (1, 1), (1, 1))

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        channels, height, width = in_shapes[0][-3:]
        return channels * self.kernel_size**2 * height * width

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}"
