from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Width
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="rep_batch_norm",
    title="Progressive batch norm",
    family="normalization",
    tags=("norm", "transformer", "re-parameterized", "efficient"),
    small={"start": 0.5},
    source=Source(
        "Jialong Guo, Xinghao Chen, Yehui Tang, Yunhe Wang",
        "SLAB: Efficient Transformers with Simplified Linear Attention and Progressive Re-parameterized Batch "
        "Normalization",
        2024,
        "https://arxiv.org/abs/2405.11582",
    ),
    formula=Formula(
        r"y = \lambda \operatorname{LN}(x) + (1 - \lambda) \left(\operatorname{BN}(x) + \eta\, x\right)",
        where="λ falls from start to 0 in a line, over as many training steps as steps says; η is learned.",
    ),
)
class RepBatchNorm(nn.Module):
    """Goes over from layer norm to batch norm while it trains, so that at last it folds into the matrix behind it.

    N L D -> the same.
    """

    axes: ClassVar[dict[str, str]] = {"eta": ""}

    def __init__(
        self,
        dim: Width,
        steps: Annotated[int, Range(1, 1 << 30), Doc("Training steps until layer norm is gone.")] = 10_000,
        start: Annotated[float, Range(0, 1), Doc("Share of layer norm at the start.")] = 1.0,
    ) -> None:
        super().__init__()
        self.steps, self.start = steps, start
        self.ln, self.bn = nn.LayerNorm(dim), nn.BatchNorm1d(dim)
        self.eta = nn.Parameter(torch.ones(()))
        self.register_buffer("progress", torch.zeros((), dtype=torch.float64))

    progress: Tensor

    def share(self) -> Tensor:
        """The share of layer norm."""
        return self.start * (1 - self.progress / self.steps).clamp(min=0)

    def forward(self, x: Sequence) -> Sequence:
        share = self.share().to(x.dtype)
        batch = self.bn(x.transpose(1, 2)).transpose(1, 2) + self.eta * x
        if self.training:
            self.progress.add_(1)
        return share * self.ln(x) + (1 - share) * batch

    def fold(self, linear: nn.Linear) -> nn.Linear:
        """The one matrix that this norm, once layer norm is gone, and the linear layer behind it come to.

        Raises ValueError while layer norm still has a share, as it folds into nothing.
        """
        if self.share() > 0:
            raise ValueError(
                f"layer norm has a share of {float(self.share()):.3f}; fold when training has brought it to 0"
            )
        mean, var = self.bn.running_mean, self.bn.running_var
        assert mean is not None
        assert var is not None
        scale = self.bn.weight / torch.sqrt(var + self.bn.eps)
        shift = self.bn.bias - scale * mean
        folded = nn.Linear(linear.in_features, linear.out_features).to(linear.weight)
        with torch.no_grad():
            folded.weight.copy_(linear.weight * (scale + self.eta))
            folded.bias.copy_(linear.weight @ shift + (0 if linear.bias is None else linear.bias))
        return folded
