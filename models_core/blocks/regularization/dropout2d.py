from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import Probability
from models_core.declare import TorchCall
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, Traits, register


@register(
    "block",
    id="dropout2d",
    title="Dropout 2d",
    family="regularization",
    tags=("noise", "image", "spatial dropout"),
    traits=Traits(stochastic=True),
    source=Source(
        "Jonathan Tompson, Ross Goroshin, Arjun Jain, Yann LeCun, Christoph Bregler",
        "Efficient Object Localization Using Convolutional Networks",
        2015,
        "https://arxiv.org/abs/1411.4280",
    ),
    formula=Formula(
        r"y = \frac{m}{1 - p}\, x, \quad m \sim \operatorname{Bernoulli}(1 - p)",
        where="One m for each channel of each sample, in training; y = x in evaluation.",
    ),
)
class Dropout2d(nn.Dropout2d):
    """Makes whole channels zero with probability p while training, and scales the others up to keep the mean.

    N C H W -> the same; in evaluation it changes nothing.
    """

    def __init__(self, p: Annotated[Probability, Doc("Probability that a channel is dropped.")] = 0.1) -> None:
        super().__init__(p)

    def forward(self, x: Image) -> Image:
        return super().forward(x)

    def as_torch(self) -> TorchCall:
        return TorchCall("nn.Dropout2d", {"p": self.p})
