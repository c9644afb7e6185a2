from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from models_core.blocks._sizes import Count, Size
from models_core.ports import Port
from models_core.registry import Doc, Follows, Formula, Source, register


@register(
    "block",
    id="offset_attend2d",
    title="Attention by offset 2d",
    family="attention",
    tags=("image", "multi-head", "query", "key", "value", "relative position"),
    source=Source(
        "Ben Graham, Alaaeldin El-Nouby, Hugo Touvron, Pierre Stock, Armand Joulin, Hervé Jégou, Matthijs Douze",
        "LeViT: a Vision Transformer in ConvNet's Clothing for Faster Inference",
        2021,
        "https://arxiv.org/abs/2104.01136",
    ),
    formula=Formula(
        r"Y_h = \operatorname{softmax}\left(\frac{Q_h K_h^{\top}}{\sqrt{d}} + B_h\right) V_h",
        where="B is learned: a number for each head and each distance in rows and in columns between two positions.",
    ),
)
class OffsetAttend2d(nn.Module):
    """Attention between an image's positions, by content and by how many rows and columns lie between them.

    Queries and keys N D H W, values N E H W -> N E H W. It has no matrices; what comes in is cut into heads. Raises
    ValueError if the heads do not divide D and E.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"bias": "heads H W"}
    distances: Tensor

    def __init__(
        self,
        rows: Annotated[Size, Follows("q", "H"), Doc("Height of the image.")],
        columns: Annotated[Size, Follows("q", "W"), Doc("Width of the image.")],
        heads: Annotated[Count, Doc("Parts of queries, keys and values that attend side by side.")] = 4,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.bias = nn.Parameter(torch.zeros(heads, rows, columns))
        at = torch.cartesian_prod(torch.arange(rows), torch.arange(columns))
        far = (at[:, None] - at).abs()
        self.register_buffer("distances", far[..., 0] * columns + far[..., 1], persistent=False)

    def forward(
        self,
        q: Annotated[Tensor, Port("N D H W")],
        k: Annotated[Tensor, Port("N D H W")],
        v: Annotated[Tensor, Port("N E H W")],
    ) -> Annotated[Tensor, Port("N E H W")]:
        shape = v.shape[2:]
        for one in (q, v):
            if one.shape[1] % self.heads:
                raise ValueError(f"{self.heads} heads do not divide {one.shape[1]} channels; choose heads that do")
        q, k, v = (one.flatten(2).unflatten(1, (self.heads, -1)).transpose(2, 3) for one in (q, k, v))
        bias = self.bias.flatten(1)[:, self.distances].to(q.dtype)
        out = scaled_dot_product_attention(q, k, v, bias.unsqueeze(0))
        return out.transpose(2, 3).flatten(1, 2).unflatten(2, shape)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        dim, rows, columns = in_shapes[0][-3:]
        return (rows * columns) ** 2 * (dim + in_shapes[2][-3])
