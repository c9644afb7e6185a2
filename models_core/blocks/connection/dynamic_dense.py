from __future__ import annotations

from typing import Annotated, NamedTuple

from models_core.blocks._sizes import Size
from models_core.blocks.connection._dynamic import DynamicMix
from models_core.ports import COUNT, Sequence
from models_core.registry import Doc, Follows, Formula, Source, register


class Ways(NamedTuple):
    """What the next layer makes its queries, keys and values of, and what it adds to."""

    q: Sequence
    k: Sequence
    v: Sequence
    r: Sequence


@register(
    "block",
    id="dynamic_dense",
    family="connection",
    tags=("depth", "dense", "dynamic", "history", "mudd"),
    source=Source(
        "Da Xiao, Qingye Meng, Shengping Li, Xingyuan Yuan",
        "MUDDFormer: Breaking Residual Bottlenecks in Transformers via Multiway Dynamic Dense Connections",
        2025,
        "https://arxiv.org/abs/2502.12170",
    ),
    formula=Formula(
        r"A = \operatorname{GELU}(\operatorname{rms}(x^{(n)})\, W_1)\, W_2 + a",
        r"y^{(w)} = \sum_{k} A_{w k}\, x^{(k)}, \quad w = q, k, v, r",
        where="A has for every token four rows of n weights; a is 1 for the last input and 0 for the others at first.",
    ),
)
class DynamicDense(DynamicMix):
    """Mixes the outputs of all layers so far in four ways, by weights that every token tells from its latest state.

    Several N L D, the latest last -> four of N L D. Raises ValueError if not `n` tensors come in.
    """

    def __init__(
        self,
        dim: Annotated[Size, Follows("xs", "D"), Doc("Features of each token: the last dim.")],
        n: Annotated[Size, Follows("xs", COUNT), Doc("How many tensors come in.")],
    ) -> None:
        super().__init__(dim, n, ways=len(Ways._fields), expand=1)

    def forward(self, *xs: Sequence) -> Ways:
        q, k, v, r = self.mixtures(xs)
        return Ways(q, k, v, r)
