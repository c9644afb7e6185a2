from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import relu

from models_core.blocks._sizes import Width
from models_core.blocks.attention._heads import Heads
from models_core.ports import Port, Sequence
from models_core.registry import Doc, Follows, Formula, Range, Source, register


@register(
    "block",
    id="synthesizer_attend",
    title="Synthesizer attention",
    family="attention",
    tags=("transformer", "multi-head", "query", "value", "synthetic"),
    source=Source(
        "Yi Tay, Dara Bahri, Donald Metzler, Da-Cheng Juan, Zhe Zhao, Che Zheng",
        "Synthesizer: Rethinking Self-Attention in Transformer Models",
        2020,
        "https://arxiv.org/abs/2005.00743",
    ),
    formula=Formula(
        r"Y_h = \operatorname{softmax}\left(\operatorname{relu}(Q_h W_1 + b_1)\, W_2 + b_2\right) V_h",
        where="Q_h are a head's queries, of d features; W_1 is d × d and W_2 d × M; all heads share them.",
    ),
)
class SynthesizerAttend(nn.Module):
    """Attention whose weights each token makes up by itself, without a look at keys: the dense synthesizer.

    Queries N L D and values N M D -> N L D; with `mask` (N M), values where it is 0 are not looked at. The length M is
    fixed by the weights. Raises ValueError if the heads do not divide D.
    """

    mixes_positions = True

    def __init__(
        self,
        length: Annotated[int, Range(1, 1 << 20), Follows("v", "M"), Doc("Values that come in.")],
        dim: Annotated[Width, Follows("q", "D")],
        heads: Heads = 8,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ValueError(f"{heads} heads do not divide {dim} features; choose heads that do, or another width")
        self.heads = heads
        self.fc1 = nn.Linear(dim // heads, dim // heads)
        self.fc2 = nn.Linear(dim // heads, length)

    def forward(
        self,
        q: Sequence,
        v: Annotated[Tensor, Port("N M D")],
        mask: Annotated[Tensor, Port("N M", dtype="any")] | None = None,
    ) -> Sequence:
        q, v = (one.unflatten(2, (self.heads, -1)).transpose(1, 2) for one in (q, v))
        scores = self.fc2(relu(self.fc1(q)))
        if mask is not None:
            scores = scores + (mask.eq(0)[:, None, None, :] * -1e4).to(scores.dtype)
        return (scores.softmax(3) @ v).transpose(1, 2).flatten(2)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        others = in_shapes[1][-2]
        return length * dim * dim // self.heads + 2 * length * others * dim
