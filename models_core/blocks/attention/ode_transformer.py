from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor, nn

from models_core.blocks._sizes import Count, Ratio, Width
from models_core.blocks.attention.self_attention import SelfAttention
from models_core.blocks.feedforward.mlp import Mlp
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register

Solver = Literal["euler", "midpoint", "rk4"]
EVALUATIONS = {"euler": 1, "midpoint": 2, "rk4": 4}


@register(
    "block",
    id="ode_transformer",
    title="ODE transformer layer",
    family="attention",
    tags=("transformer", "neural ode", "multi-head", "causal", "weight sharing"),
    source=Source(
        "Yaofeng Desmond Zhong, Tongtao Zhang, Amit Chakraborty, Biswadip Dey",
        "A Neural ODE Interpretation of Transformer Layers",
        2022,
        "https://arxiv.org/abs/2212.06011",
    ),
    formula=Formula(
        r"f(x) = \operatorname{attn}(\operatorname{norm}(x)) + \operatorname{mlp}(\operatorname{norm}(x))",
        r"\text{euler: } x_{k+1} = x_k + h f(x_k)",
        r"\text{midpoint: } x_{k+1} = x_k + h f\left(x_k + \tfrac{h}{2} f(x_k)\right)",
        r"\text{rk4: } x_{k+1} = x_k + \tfrac{h}{6} (k_1 + 2 k_2 + 2 k_3 + k_4)",
        where="h is 1 / steps, so that time goes from 0 to 1; all steps share weights, the two norms do not.",
    ),
)
class OdeTransformer(nn.Module):
    """Follows the flow of attention plus MLP, side by side, for one unit of time by a numerical solver.

    N L D -> the same. One Euler step is a parallel transformer layer. Raises ValueError if the heads do not divide D.
    """

    mixes_positions = True

    def __init__(
        self,
        dim: Width,
        heads: Annotated[Count, Doc("Heads that attend side by side; each has dim / heads features.")] = 8,
        ratio: Annotated[Ratio, Doc("Features inside the MLP for each that comes in.")] = 4.0,
        solver: Annotated[Solver, Doc("How a step follows the flow: with one, two or four evaluations.")] = "euler",
        steps: Annotated[Count, Doc("Steps that the unit of time is divided into.")] = 1,
        causal: Annotated[bool, Doc("Whether a token sees only itself and earlier ones.")] = False,
    ) -> None:
        super().__init__()
        self.solver, self.steps = solver, steps
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = SelfAttention(dim, heads, causal)
        self.mlp = Mlp(dim, ratio=ratio)

    def flow(self, x: Tensor) -> Tensor:
        """The direction in which a state moves."""
        return self.attn(self.norm1(x)) + self.mlp(self.norm2(x))

    def forward(self, x: Sequence) -> Sequence:
        h = 1 / self.steps
        for _ in range(self.steps):
            first = self.flow(x)
            if self.solver == "euler":
                x = x + h * first
                continue
            second = self.flow(x + h / 2 * first)
            if self.solver == "midpoint":
                x = x + h * second
                continue
            third = self.flow(x + h / 2 * second)
            x = x + h / 6 * (first + 2 * second + 2 * third + self.flow(x + h * third))
        return x

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """Of every evaluation, the same each time."""
        length, dim = in_shapes[0][-2:]
        once = self.attn.cost(in_shapes) + 2 * length * dim * self.mlp.fc1.out_features
        return self.steps * EVALUATIONS[self.solver] * once
