from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import elu

from models_core.blocks.attention._heads import Heads
from models_core.ports import Port, Sequence
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="linear_attend",
    title="Linear attention, weightless",
    family="attention",
    tags=("transformer", "multi-head", "query", "key", "value", "linear attention"),
    source=Source(
        "Angelos Katharopoulos, Apoorv Vyas, Nikolaos Pappas, François Fleuret",
        "Transformers are RNNs: Fast Autoregressive Transformers with Linear Attention",
        2020,
        "https://arxiv.org/abs/2006.16236",
    ),
    formula=Formula(
        r"y_i = \frac{\phi(q_i) \sum_j \phi(k_j)^{\top} v_j}{\phi(q_i) \sum_j \phi(k_j)^{\top}}, \quad"
        r" \phi(x) = \operatorname{elu}(x) + 1",
        where="In each head; the sums are over the tokens that may be looked at, and the same for every query.",
    ),
)
class LinearAttend(nn.Module):
    """Attention in linear time without weights of its own: queries, keys and values come in by three ports.

    Queries N L D, keys and values N M D -> N L D; with `mask` (N M), keys where it is 0 are not looked at. Raises
    ValueError if the heads do not divide D.
    """

    mixes_positions = True

    def __init__(self, heads: Heads = 8) -> None:
        super().__init__()
        self.heads = heads

    def forward(
        self,
        q: Sequence,
        k: Annotated[Tensor, Port("N M D")],
        v: Annotated[Tensor, Port("N M D")],
        mask: Annotated[Tensor, Port("N M", dtype="any")] | None = None,
    ) -> Sequence:
        if q.shape[2] % self.heads:
            raise ValueError(f"{self.heads} heads do not divide {q.shape[2]} features; choose heads that do")
        q, k, v = (one.unflatten(2, (self.heads, -1)).transpose(1, 2) for one in (q, k, v))
        q, k = elu(q) + 1, elu(k) + 1
        if mask is not None:
            k = k * mask.ne(0)[:, None, :, None].to(k.dtype)
        total = (q * k.sum(2, keepdim=True)).sum(-1, keepdim=True).clamp(min=1e-6)
        return ((q @ (k.transpose(2, 3) @ v)) / total).transpose(1, 2).flatten(2)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """Memory written and read once for each token, and what each query's weights sum up to."""
        length, dim = in_shapes[0][-2:]
        return (length + in_shapes[1][-2]) * dim * dim // self.heads + length * dim
