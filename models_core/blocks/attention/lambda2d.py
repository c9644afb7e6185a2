from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Count, InChannels, Kernel, Size
from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="lambda2d",
    title="Lambda layer 2d",
    family="attention",
    small={"key_dim": 4, "reach": 3},
    tags=("image", "long range", "linear attention"),
    source=Source(
        "Irwan Bello",
        "LambdaNetworks: Modeling Long-Range Interactions Without Attention",
        2021,
        "https://arxiv.org/abs/2102.08602",
    ),
    formula=Formula(
        r"\bar{K} = \operatorname{softmax}_m(K), \quad \lambda^c = \sum_m \bar{K}_m V_m^{\top}, "
        r"\quad \lambda^p_n = \sum_m E_{n m} V_m^{\top}",
        r"y_{h,n} = \left(\lambda^c + \lambda^p_n\right)^{\top} Q_{h,n}",
        where=(
            "Q, K, V are 1 × 1 convolutions of x, Q and V followed by batch norms; m and n are positions, h heads. E "
            "depends on where m lies from n, and is zero beyond reach / 2."
        ),
    ),
)
class Lambda2d(nn.Module):
    """Sums up an image as one linear map for each position and applies it to that position's queries, by heads.

    N C H W -> N out_channels H W. Keys and values make a map of key_dim × out_channels / heads that holds everywhere,
    and a convolution of `reach` adds what depends on the place; no map of positions by positions is made. Raises
    ValueError if the heads do not divide out_channels or the reach is even.
    """

    mixes_positions = True

    def __init__(
        self,
        in_channels: InChannels,
        out_channels: Annotated[Size | None, Doc("Channels that go out; empty: as many as come in.")] = None,
        heads: Annotated[Count, Doc("Queries of each position; they share keys and values.")] = 4,
        key_dim: Annotated[Size, Doc("Features of queries and keys.")] = 16,
        reach: Annotated[
            Kernel | None, Doc("Size of the window in which places matter, odd; empty: places do not matter.")
        ] = 9,
    ) -> None:
        super().__init__()
        out = out_channels or in_channels
        if out % heads:
            raise ValueError(f"{heads} heads do not divide {out} channels; choose heads that do, or another width")
        if reach is not None and reach % 2 == 0:
            raise ValueError(f"a reach of {reach} has no middle; use an odd one, such as {reach + 1}")
        self.sizes = [heads * key_dim, key_dim, out // heads]
        self.heads = heads
        self.qkv = nn.Conv2d(in_channels, sum(self.sizes), 1, bias=False)
        self.norm_q = nn.BatchNorm2d(self.sizes[0])
        self.norm_v = nn.BatchNorm2d(self.sizes[2])
        self.places = None if reach is None else nn.Conv2d(1, key_dim, reach, padding=reach // 2)

    def forward(self, x: Image) -> Annotated[Tensor, Port("N D H W")]:
        q, k, v = self.qkv(x).split(self.sizes, 1)
        q = self.norm_q(q).flatten(2).unflatten(1, (self.heads, -1))
        v = self.norm_v(v)
        content = torch.matmul(k.flatten(2).softmax(2), v.flatten(2).transpose(1, 2))
        out = torch.einsum("bhkn,bkv->bhvn", q, content)
        if self.places is not None:
            position = self.places(v.flatten(0, 1).unsqueeze(1)).flatten(2).unflatten(0, (-1, self.sizes[2]))
            out = out + torch.einsum("bhkn,bvkn->bhvn", q, position)
        return out.flatten(1, 2).unflatten(2, (x.shape[2], x.shape[3]))
