from __future__ import annotations

from typing import Annotated

from models_core.blocks._sizes import Count, Size
from models_core.blocks.connection._dynamic import DynamicMix
from models_core.ports import COUNT, Sequence
from models_core.registry import Doc, Follows, Formula, Source, register


@register(
    "block",
    id="dynamic_sum",
    family="connection",
    tags=("depth", "dense", "dynamic", "history", "mudd", "average"),
    source=Source(
        "Da Xiao, Qingye Meng, Shengping Li, Xingyuan Yuan",
        "MUDDFormer: Breaking Residual Bottlenecks in Transformers via Multiway Dynamic Dense Connections",
        2025,
        "https://arxiv.org/abs/2502.12170",
    ),
    formula=Formula(
        r"y = \sum_{k} A_k\, x^{(k)}, \quad A = \operatorname{GELU}(\operatorname{rms}(x^{(n)})\, W_1)\, W_2 + a",
        where="A has n weights for every token; a is 1 for the last input and 0 for the others at first.",
    ),
)
class DynamicSum(DynamicMix):
    """Mixes the outputs of all layers so far in one way, by weights that every token tells from its latest state.

    Several N L D, the latest last -> N L D. Raises ValueError if not `n` tensors come in.
    """

    def __init__(
        self,
        dim: Annotated[Size, Follows("xs", "D"), Doc("Features of each token: the last dim.")],
        n: Annotated[Size, Follows("xs", COUNT), Doc("How many tensors come in.")],
        expand: Annotated[Count, Doc("Hidden features of the MLP that tells the weights, per input.")] = 4,
    ) -> None:
        super().__init__(dim, n, ways=1, expand=expand)

    def forward(self, *xs: Sequence) -> Sequence:
        return self.mixtures(xs)[0]
