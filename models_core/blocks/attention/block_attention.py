from __future__ import annotations

from typing import Annotated

from torch.nn.functional import scaled_dot_product_attention

from models_core.blocks._sizes import Bias, Size, Width
from models_core.blocks.attention._heads import Heads, ManyHeads, QkvBias
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="block_attention",
    family="attention",
    small={"blocks": 2},
    tags=("transformer", "multi-head", "local", "image", "window"),
    source=Source(
        "Zizhao Zhang, Han Zhang, Long Zhao, Ting Chen, Sercan Arik, Tomas Pfister",
        "Nested Hierarchical Transformer: Towards Accurate, Data-Efficient and Interpretable Visual Understanding",
        2021,
        "https://arxiv.org/abs/2105.12723",
    ),
    formula=Formula(
        r"A_{b,h} = \operatorname{softmax}\left(\frac{Q_{b,h} K_{b,h}^{\top}}{\sqrt{d}}\right)",
        r"Y_b = \left[\,A_{b,1} V_{b,1},\, \dots,\, A_{b,n} V_{b,n}\,\right] W_O",
        where="For each block b of tokens; Q, K, V are linear maps of it, the same for all blocks, in n heads of d.",
    ),
)
class BlockAttention(ManyHeads):
    """Cuts a sequence into blocks of equal length and lets every token gather from the tokens of its own block.

    N L D -> the same; block b has the tokens from b · L / blocks on. Cost is linear in L where blocks keep their
    length. Raises ValueError if the heads do not divide D or the blocks do not divide L.
    """

    def __init__(
        self,
        dim: Width,
        blocks: Annotated[Size, Doc("Blocks that the sequence is cut into; 1: every token sees all.")] = 1,
        heads: Heads = 8,
        qkv_bias: QkvBias = True,
        proj_bias: Bias = True,
    ) -> None:
        super().__init__(dim, heads, False, qkv_bias, proj_bias)
        self.blocks = blocks

    def forward(self, x: Sequence) -> Sequence:
        if x.shape[1] % self.blocks:
            raise ValueError(f"{self.blocks} blocks do not divide {x.shape[1]} tokens; choose a number that does")
        q, k, v = self.split(x.unflatten(1, (self.blocks, -1)).flatten(0, 1))
        out = self.join(scaled_dot_product_attention(q, k, v))
        return out.unflatten(0, (-1, self.blocks)).flatten(1, 2)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        length, dim = in_shapes[0][-2:]
        return 4 * length * dim * dim + 2 * length * (length // self.blocks) * dim
