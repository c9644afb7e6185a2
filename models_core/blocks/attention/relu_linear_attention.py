from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Bias, Count, Kernel, Rows, TokenCount, Width
from models_core.ops.grid import grid_of
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="relu_linear_attention",
    title="ReLU linear attention",
    family="attention",
    tags=("image", "linear attention", "multi-head", "efficient"),
    small={"rows": 2, "kernel_size": 3},
    source=Source(
        "Jialong Guo, Xinghao Chen, Yehui Tang, Yunhe Wang",
        "SLAB: Efficient Transformers with Simplified Linear Attention and Progressive Re-parameterized Batch "
        "Normalization",
        2024,
        "https://arxiv.org/abs/2405.11582",
    ),
    formula=Formula(
        r"o_i = \frac{\operatorname{relu}(q_i) \sum_j \operatorname{relu}(k_j)^{\top} v_j}"
        r"{\operatorname{relu}(q_i) \sum_j \operatorname{relu}(k_j)^{\top}} + (D * v)_i",
        r"y = W_O\, o + b",
        where="In each head; D is a kernel per feature over the grid that the tokens are.",
    ),
)
class ReluLinearAttention(nn.Module):
    """Lets tokens gather from all tokens in linear time: rectified queries and keys, and a convolution of the values.

    N L D -> the same, L being the cells of a grid row by row. Raises ValueError if the heads do not divide D or the
    tokens do not fill the grid.
    """

    mixes_positions = True

    def __init__(
        self,
        length: TokenCount,
        dim: Width,
        heads: Annotated[Count, Doc("Heads that attend side by side; each has dim / heads features.")] = 8,
        kernel_size: Annotated[Kernel, Doc("Height and width of the kernel over the values; odd.")] = 5,
        rows: Rows = None,
        bias: Bias = True,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size {kernel_size} has no middle; use an odd one, such as {kernel_size + 1}")
        self.heads, self.grid = heads, grid_of(length, rows)
        self.qkv = nn.Linear(dim, 3 * dim, bias=bias)
        self.dwc = nn.Conv2d(dim, dim, kernel_size, padding=kernel_size // 2, groups=dim)
        self.proj = nn.Linear(dim, dim, bias=bias)

    def forward(self, x: Sequence) -> Sequence:
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        q, k = q.relu(), k.relu()
        total = (q * k.sum(2, keepdim=True)).sum(-1, keepdim=True) + 1e-6
        out = ((q @ (k.transpose(2, 3) @ v)) / total).transpose(1, 2).flatten(2)
        values = v.transpose(2, 3).flatten(1, 2)
        return self.proj(out + self.dwc(values.unflatten(2, self.grid)).flatten(2).transpose(1, 2))
