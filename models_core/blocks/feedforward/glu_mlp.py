from __future__ import annotations

from typing import Annotated, Literal

from torch import nn

from models_core.blocks._sizes import InFeatures, Probability, Ratio, Size
from models_core.ops.activations import Activation, make_activation
from models_core.ports import Features
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="glu_mlp",
    title="GLU MLP",
    family="feedforward",
    tags=("transformer", "gate", "swiglu", "geglu", "feed-forward"),
    source=Source("Noam Shazeer", "GLU Variants Improve Transformer", 2020, "https://arxiv.org/abs/2002.05202"),
    formula=Formula(
        r"y = W_2 \left(\varphi(W_1 x) \odot V x\right)",
        where=(
            "φ is the activation of the gate. Inside are hidden_features, or 2/3 ratio × in_features rounded down. "
            "Biases are added if switched on."
        ),
    ),
)
class GluMlp(nn.Module):
    """Widens the last dim twice, lets one half gate the other, and narrows it again.

    N ... in_features -> N ... out_features, each position by itself. By default two thirds as wide inside as mlp, which
    makes the number of parameters the same.
    """

    def __init__(
        self,
        in_features: InFeatures,
        hidden_features: Annotated[Size | None, Doc("Features inside; empty: 2/3 x ratio x in_features.")] = None,
        out_features: Annotated[Size | None, Doc("Features that go out; empty: as many as come in.")] = None,
        ratio: Annotated[Ratio, Doc("As of mlp; two thirds of it are used.")] = 4.0,
        gate: Annotated[
            Literal["swiglu", "geglu", "reglu", "glu", "bilinear"],
            Doc("Activation of the gate: silu, gelu, relu, sigmoid or none."),
        ] = "swiglu",
        bias: Annotated[bool, Doc("Whether the matrices have biases.")] = False,
        dropout: Annotated[Probability, Doc("Probability that a value inside is dropped in training.")] = 0.0,
    ) -> None:
        super().__init__()
        hidden = hidden_features or max(1, int(in_features * ratio * 2 / 3))
        self.fc1 = nn.Linear(in_features, 2 * hidden, bias=bias)
        kinds: dict[str, Activation] = {
            "swiglu": "silu",
            "geglu": "gelu",
            "reglu": "relu",
            "glu": "sigmoid",
            "bilinear": "identity",
        }
        self.act = make_activation(kinds[gate])
        self.drop = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden, out_features or in_features, bias=bias)

    def forward(self, x: Features) -> Features:
        gate, value = self.fc1(x).chunk(2, dim=-1)
        return self.fc2(self.drop(self.act(gate) * value))
