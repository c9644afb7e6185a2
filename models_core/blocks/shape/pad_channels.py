from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Size
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="pad_channels",
    family="shape",
    tags=("image", "residual", "shortcut", "zeros"),
    source=Source(
        "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
        "Deep Residual Learning for Image Recognition",
        2016,
        "https://arxiv.org/abs/1512.03385",
    ),
    formula=Formula(
        r"y_c = \begin{cases} x_{c - l} & l \le c < l + C \\ 0 & \text{else} \end{cases}",
        r"l = \left\lfloor \frac{C' - C}{2} \right\rfloor",
        where="C channels come in, C' = channels go out.",
    ),
)
class PadChannels(nn.Module):
    """Adds channels of zeros before and after those of an image, so that it fits a wider one.

    N C H W -> N channels H W. Raises ValueError if more channels come in than go out.
    """

    def __init__(self, channels: Annotated[Size, Doc("Channels that go out.")]) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Image) -> Image:
        missing = self.channels - x.shape[1]
        if missing < 0:
            raise ValueError(f"{x.shape[1]} channels come in, more than the {self.channels} that go out; use a conv2d")
        return nn.functional.pad(x, (0, 0, 0, 0, missing // 2, missing - missing // 2))
