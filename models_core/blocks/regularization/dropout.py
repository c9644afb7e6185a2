from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.blocks._sizes import Probability
from models_core.declare import TorchCall
from models_core.ports import Port
from models_core.registry import Doc, Formula, Source, Traits, register


@register(
    "block",
    id="dropout",
    family="regularization",
    tags=("noise",),
    traits=Traits(stochastic=True),
    source=Source(
        "Nitish Srivastava, Geoffrey Hinton, Alex Krizhevsky, Ilya Sutskever, Ruslan Salakhutdinov",
        "Dropout: A Simple Way to Prevent Neural Networks from Overfitting",
        2014,
        "https://www.jmlr.org/papers/v15/srivastava14a.html",
    ),
    formula=Formula(
        r"y = \frac{m}{1 - p}\, x, \quad m \sim \operatorname{Bernoulli}(1 - p)",
        where="One m for each value, in training; y = x in evaluation.",
    ),
)
class Dropout(nn.Dropout):
    """Makes each value zero with probability p while training, and scales the others up to keep the mean.

    N ... -> the same; in evaluation it changes nothing.
    """

    def __init__(self, p: Annotated[Probability, Doc("Probability that a value is dropped.")] = 0.5) -> None:
        super().__init__(p)

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.Dropout", {"p": self.p})
