from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Bias, InFeatures, Probability, Ratio, Size
from models_core.ops.activations import Activation, make_activation
from models_core.ports import Features
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="mlp",
    title="MLP",
    family="feedforward",
    tags=("transformer", "dense", "feed-forward"),
    source=Source(
        "David Rumelhart, Geoffrey Hinton, Ronald Williams",
        "Learning Representations by Back-Propagating Errors",
        1986,
        "https://doi.org/10.1038/323533a0",
    ),
    formula=Formula(
        r"y = W_2\, \varphi(W_1 x + b_1) + b_2",
        where="φ is activation. Inside are hidden_features, or ratio × in_features rounded down.",
    ),
)
class Mlp(nn.Module):
    """Widens the last dim, applies an activation, and narrows it again: the feed-forward part of a transformer.

    N ... in_features -> N ... out_features, each position by itself.
    """

    def __init__(
        self,
        in_features: InFeatures,
        hidden_features: Annotated[Size | None, Doc("Features inside; empty: ratio x in_features.")] = None,
        out_features: Annotated[Size | None, Doc("Features that go out; empty: as many as come in.")] = None,
        ratio: Annotated[Ratio, Doc("Features inside for each that comes in.")] = 4.0,
        activation: Annotated[Activation, Doc("What lies between the two matrices.")] = "gelu",
        bias: Bias = True,
        dropout: Annotated[
            Probability, Doc("Probability that a value is dropped in training, after each matrix.")
        ] = 0.0,
    ) -> None:
        super().__init__()
        hidden = hidden_features or max(1, int(in_features * ratio))
        self.fc1 = nn.Linear(in_features, hidden, bias=bias)
        self.act = make_activation(activation)
        self.drop1 = nn.Dropout(dropout)
        self.fc2 = nn.Linear(hidden, out_features or in_features, bias=bias)
        self.drop2 = nn.Dropout(dropout)

    def forward(self, x: Features) -> Features:
        return self.drop2(self.fc2(self.drop1(self.act(self.fc1(x)))))
