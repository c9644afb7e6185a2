from __future__ import annotations

from typing import Annotated

from models_core.blocks._sizes import Size
from models_core.blocks.connection._laurel import SOURCE, Inputs, LearnedShortcut, Previous, Rank, Weigh
from models_core.ports import Image
from models_core.registry import Doc, Follows, Formula, register


@register(
    "block",
    id="laurel2d",
    title="LAuReL 2D",
    family="connection",
    tags=("image", "residual", "skip", "shortcut", "low rank", "history"),
    source=SOURCE,
    formula=Formula(
        r"z = \beta\, x + \alpha\, y + B A\, x + \sum_{k} \gamma_k\, x^{(k)}",
        where="At every pixel; x goes around the branch that gives y; α and β are 1, B and the γ 0 at first.",
    ),
)
class Laurel2d(LearnedShortcut):
    """Adds a branch to what went around it, in place of a sum of images: weighed, with low rank and earlier maps.

    Several N C H W -> N C H W: what goes around, the branch, and perhaps earlier maps. At first it is the sum of the
    first two.
    """

    def __init__(
        self,
        channels: Annotated[Size, Follows("xs", "C"), Doc("Channels that come in.")],
        n: Inputs,
        weigh: Weigh = True,
        rank: Rank = 0,
        previous: Previous = True,
    ) -> None:
        super().__init__(channels, n, weigh, rank, previous)

    def forward(self, *xs: Image) -> Image:
        low = None
        if self.down is not None and self.up is not None:
            low = self.up(self.down(xs[0].permute(0, 2, 3, 1))).permute(0, 3, 1, 2)
        return self.joined(xs, low)

    def cost(self, in_shapes: list[tuple[tuple[int, ...], ...]]) -> int:
        channels, height, width = in_shapes[0][0][-3:]
        return self.macs(height * width, channels)
