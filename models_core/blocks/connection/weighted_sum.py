from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Count, Size
from models_core.ops.joining import check_same_rank
from models_core.ports import COUNT, Port
from models_core.registry import Doc, Follows, Formula, Source, register


@register(
    "block",
    id="weighted_sum",
    family="connection",
    tags=("depth", "dense", "residual", "skip", "history", "average"),
    source=Source(
        "Matteo Pagliardini, Amirkeivan Mohtashami, François Fleuret, Martin Jaggi",
        "DenseFormer: Enhancing Information Flow in Transformers via Depth Weighted Averaging",
        2024,
        "https://arxiv.org/abs/2402.02622",
    ),
    formula=Formula(
        r"y = \sum_{k} \alpha_k\, x^{(k)}",
        where="α is learned; at first it is 1 for the last, for all or for none. k runs over every dilation-th input.",
    ),
)
class WeightedSum(nn.Module):
    """Adds tensors, each times a learned number.

    Several N ... of one shape -> N ... . Raises ValueError if the numbers of dims differ or not `n` tensors come in.
    """

    axes: ClassVar[dict[str, str]] = {"weight": "inputs"}

    def __init__(
        self,
        n: Annotated[Size, Follows("xs", COUNT), Doc("How many tensors come in.")],
        init: Annotated[
            Literal["last", "all", "none"], Doc("Which weights are 1 at first; the others are 0.")
        ] = "last",
        dilation: Annotated[Count, Doc("From the last back, every so-many-th counts; 1: all.")] = 1,
    ) -> None:
        super().__init__()
        self.n, self.dilation = n, dilation
        counted = -(-n // dilation)
        ones = {"last": 1, "all": counted, "none": 0}[init]
        self.weight = nn.Parameter(torch.cat((torch.zeros(counted - ones), torch.ones(ones))))

    def forward(self, *xs: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        check_same_rank("weighted_sum", xs)
        if len(xs) != self.n:
            raise ValueError(f"weighted_sum has weights for {self.n} inputs, but gets {len(xs)}; let n follow them")
        counted = xs[(self.n - 1) % self.dilation :: self.dilation]
        total = counted[0] * self.weight[0]
        for at in range(1, len(counted)):
            total = total + counted[at] * self.weight[at]
        return total

    def cost(self, in_shapes: list[tuple[tuple[int, ...], ...]]) -> int:
        size = 1
        for dim in in_shapes[0][0]:
            size *= dim
        return len(self.weight) * size
