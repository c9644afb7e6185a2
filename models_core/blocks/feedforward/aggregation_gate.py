from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Size
from models_core.ops.joining import check_same_rank
from models_core.ports import Image, Port
from models_core.registry import Doc, Follows, Formula, Range, Source, register


@register(
    "block",
    id="aggregation_gate",
    small={"reduction": 1},
    title="Aggregation gate",
    family="feedforward",
    tags=("image", "gate", "join", "channel attention"),
    source=Source(
        "Kaiyang Zhou, Yongxin Yang, Andrea Cavallaro, Tao Xiang",
        "Omni-Scale Feature Learning for Person Re-Identification",
        2019,
        "https://arxiv.org/abs/1905.00953",
    ),
    formula=Formula(
        r"y = \sum_{k} G(x^{(k)}) \odot x^{(k)}, \quad G(x) = \sigma\left(W_2 \max(0, W_1 \bar{x} + b_1) + b_2\right)",
        where="x̄ are the means of the channels; all k share W₁, W₂ and the b.",
    ),
)
class AggregationGate(nn.Module):
    """Adds images of one shape, each with its channels weighed by one and the same small network of their means.

    Several N C H W -> N C H W. Raises ValueError without inputs.
    """

    mixes_positions = True

    def __init__(
        self,
        in_channels: Annotated[int, Range(1, 65536), Follows("xs", "C"), Doc("Channels that come in.")],
        reduction: Annotated[Size, Doc("How many times fewer channels the gate has inside.")] = 16,
    ) -> None:
        super().__init__()
        hidden = max(1, in_channels // reduction)
        self.fc1 = nn.Conv2d(in_channels, hidden, 1)
        self.fc2 = nn.Conv2d(hidden, in_channels, 1)

    def forward(self, *xs: Annotated[Tensor, Port("N C H W")]) -> Image:
        check_same_rank("aggregation_gate", xs)
        total = self._gated(xs[0])
        for x in xs[1:]:
            total = total + self._gated(x)
        return total

    def _gated(self, x: Tensor) -> Tensor:
        return x * self.fc2(self.fc1(x.mean((2, 3), keepdim=True)).relu()).sigmoid()
