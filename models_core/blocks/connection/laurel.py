from __future__ import annotations

from typing import Annotated

from torch import Tensor

from models_core.blocks._sizes import Size
from models_core.blocks.connection._laurel import SOURCE, Inputs, LearnedShortcut, Previous, Rank, Weigh
from models_core.ports import Port
from models_core.registry import Doc, Follows, Formula, register


@register(
    "block",
    id="laurel",
    title="LAuReL",
    family="connection",
    tags=("residual", "skip", "shortcut", "low rank", "history"),
    source=SOURCE,
    formula=Formula(
        r"z = \beta\, x + \alpha\, y + B A\, x + \sum_{k} \gamma_k\, x^{(k)}",
        where="x goes around the branch that gives y; α and β are 1, B and the γ 0 at first.",
    ),
)
class Laurel(LearnedShortcut):
    """Adds a branch to what went around it, in place of a sum: weighed, with a low-rank product and earlier states.

    Several N ... D -> N ... D: what goes around, the branch, and perhaps earlier states. At first it is the sum of the
    first two.
    """

    def __init__(
        self,
        dim: Annotated[Size, Follows("xs", "D"), Doc("Features: the last dim.")],
        n: Inputs,
        weigh: Weigh = True,
        rank: Rank = 0,
        previous: Previous = True,
    ) -> None:
        super().__init__(dim, n, weigh, rank, previous)

    def forward(self, *xs: Annotated[Tensor, Port("N ... D")]) -> Annotated[Tensor, Port("N ... D")]:
        low = None if self.down is None or self.up is None else self.up(self.down(xs[0]))
        return self.joined(xs, low)

    def cost(self, in_shapes: list[tuple[tuple[int, ...], ...]]) -> int:
        *places, dim = in_shapes[0][0]
        positions = 1
        for size in places:
            positions *= size
        return self.macs(positions, dim)
