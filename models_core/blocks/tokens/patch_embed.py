from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Bias, InChannels, Kernel, Size
from models_core.declare import Window, each
from models_core.ports import Image, Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="patch_embed",
    family="tokens",
    tags=("image", "transformer", "patch"),
    source=Source(
        "Alexey Dosovitskiy, Lucas Beyer, Alexander Kolesnikov, Dirk Weissenborn and others",
        "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale",
        2021,
        "https://arxiv.org/abs/2010.11929",
    ),
    formula=Formula(
        r"y_t = W \operatorname{vec}(P_t) + b",
        where="P is the t-th patch, patch_size high and wide, row by row; W is learned.",
    ),
)
class PatchEmbed(nn.Module):
    """Cuts an image into patches and maps each to a token by one learned matrix.

    N C H W -> N (H / patch_size · W / patch_size) dim, row by row. Raises ValueError if patches do not fill the image.
    """

    def __init__(
        self,
        in_channels: InChannels,
        dim: Annotated[Size, Doc("Features of each token.")],
        patch_size: Annotated[Kernel | tuple[Kernel, Kernel], Doc("Height and width of a patch.")] = 16,
        bias: Bias = True,
    ) -> None:
        super().__init__()
        self.patch_size = each(patch_size, 2)
        self.proj = nn.Conv2d(in_channels, dim, self.patch_size, self.patch_size, bias=bias)

    def forward(self, x: Image) -> Sequence:
        if x.shape[2] % self.patch_size[0] or x.shape[3] % self.patch_size[1]:
            raise ValueError(
                f"patches of {self.patch_size[0]} × {self.patch_size[1]} do not fill an image of {x.shape[2]} × "
                f"{x.shape[3]}; choose a patch size that divides both"
            )
        return self.proj(x).flatten(2).transpose(1, 2)

    def window(self) -> Window:
        return Window(self.patch_size, self.patch_size, (1, 1))
