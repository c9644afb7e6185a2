from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn

from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="reconstruction_loss",
    family="regularization",
    tags=("image", "training", "auxiliary", "autoencoder", "decoder"),
    source=Source(
        "Geoffrey Hinton, Ruslan Salakhutdinov",
        "Reducing the Dimensionality of Data with Neural Networks",
        2006,
        "https://doi.org/10.1126/science.1127647",
    ),
    formula=Formula(
        r"\ell = -\lambda \operatorname{mean}\bigl[\sigma(t) \ln \sigma(x) + (1 - \sigma(t)) \ln (1 - \sigma(x))\bigr]",
        where="σ brings the values of both images between 0 and 1; λ is weight. It is least where x equals t.",
    ),
)
class ReconstructionLoss(nn.Module):
    """A loss for training alone: how far an image made from features is from the image they came from.

    x and target, N C H W each -> a loss, of no dims. What leads to it alone is left out after training. Raises
    ValueError if the two differ in shape.
    """

    def __init__(
        self, weight: Annotated[float, Range(0, 100), Doc("What it counts beside the task's own loss.")] = 1.0
    ) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, x: Image, target: Annotated[Tensor, Port("N C H W")]) -> Annotated[Tensor, Port("", role="loss")]:
        if x.shape[1:] != target.shape[1:]:
            ours, theirs = (" × ".join(map(str, one.shape[1:])) for one in (x, target))
            raise ValueError(f"an image of {ours} cannot be compared with one of {theirs}; make them equal in size")
        # ln(1 + e^x) - p x is the cross entropy of a logit x with a share p, without the logarithm of a tiny number.
        return self.weight * (nn.functional.softplus(x) - target.sigmoid() * x).mean()
