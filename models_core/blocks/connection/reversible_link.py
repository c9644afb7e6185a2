from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import InChannels
from models_core.ports import Image, Port
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="reversible_link",
    family="connection",
    tags=("residual", "skip", "reversible", "memory", "columns"),
    source=Source(
        "Yuxuan Cai, Yizhuang Zhou, Qi Han, Jianjian Sun, Xiangwen Kong, Jun Li, Xiangyu Zhang",
        "Reversible Column Networks",
        2022,
        "https://arxiv.org/abs/2212.11696",
    ),
    formula=Formula(
        r"z_c = y_c + \gamma_c\, x_c, \qquad x_c = (z_c - y_c) / \gamma_c",
        where="γ is learned and never nearer to 0 than floor, so that x can be had back.",
    ),
)
class ReversibleLink(nn.Module):
    """Adds what went around, each channel times a learned number that is never 0, so that it can be had back.

    x (what went around) and y (what a branch made), N C H W each -> the same.
    """

    axes: ClassVar[dict[str, str]] = {"gamma": "C"}

    def __init__(
        self,
        channels: InChannels,
        init: Annotated[float, Range(-10, 10), Doc("Every factor at the start.")] = 0.5,
        floor: Annotated[float, Range(1e-6, 1), Doc("The least size of a factor.")] = 1e-3,
    ) -> None:
        super().__init__()
        self.floor = floor
        self.gamma = nn.Parameter(torch.full((channels,), float(init)))

    def factor(self) -> Tensor:
        """The factors, C 1 1, none nearer to 0 than `floor`; one that is held there still has its gradient."""
        sized = self.gamma.abs().clamp(min=self.floor)
        held = torch.where(self.gamma < 0, -sized, sized)
        return (self.gamma + (held - self.gamma).detach()).view(-1, 1, 1)

    def forward(self, x: Image, y: Annotated[Tensor, Port("N C H W")]) -> Image:
        return y + self.factor() * x

    def inverse(self, out: Tensor, y: Tensor) -> Tensor:
        return (out - y) / self.factor()
