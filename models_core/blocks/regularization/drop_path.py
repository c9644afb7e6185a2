from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.ports import Port
from models_core.registry import Doc, Formula, Range, Source, Traits, register


@register(
    "block",
    id="drop_path",
    family="regularization",
    tags=("noise", "stochastic depth", "residual"),
    traits=Traits(stochastic=True),
    source=Source(
        "Gao Huang, Yu Sun, Zhuang Liu, Daniel Sedra, Kilian Weinberger",
        "Deep Networks with Stochastic Depth",
        2016,
        "https://arxiv.org/abs/1603.09382",
    ),
    formula=Formula(
        r"y = \frac{m}{1 - p}\, x, \quad m \sim \operatorname{Bernoulli}(1 - p)",
        where="One m for each sample, in training; y = x in evaluation.",
    ),
)
class DropPath(nn.Module):
    """Makes all of a sample zero with probability p while training, and scales the others up to keep the mean.

    N ... -> the same; in evaluation it changes nothing. It belongs at the end of a residual branch.
    """

    def __init__(self, p: Annotated[float, Range(0, 0.95), Doc("Probability that a sample is dropped.")] = 0.1) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Annotated[Tensor, Port("N ...")]) -> Annotated[Tensor, Port("N ...")]:
        if self.p == 0 or not self.training:
            return x
        keep = 1 - self.p
        mask = x.new_empty((x.shape[0],) + (1,) * (x.dim() - 1)).bernoulli_(keep)
        return x * mask.div_(keep)

    def extra_repr(self) -> str:
        return f"p={self.p}"
