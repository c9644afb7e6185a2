from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import InFeatures
from models_core.ports import Features, Port
from models_core.registry import Doc, Formula, Range, Source, register


@register(
    "block",
    id="residual_gate",
    family="shape",
    tags=("residual", "gate", "transformer", "reinforcement learning"),
    source=Source(
        "Emilio Parisotto, Francis Song, Jack Rae, Razvan Pascanu and others",
        "Stabilizing Transformers for Reinforcement Learning",
        2019,
        "https://arxiv.org/abs/1910.06764",
    ),
    formula=Formula(
        r"r = \sigma(W_r y + U_r x), \quad z = \sigma(W_z y + U_z x - b)",
        r"h = \tanh(W_h y + U_h (r \odot x))",
        r"\text{gru: } (1 - z) \odot x + z \odot h",
        r"\text{input: } \sigma(W x) \odot x + y, \quad \text{output: } x + \sigma(W x - b) \odot y",
        r"\text{highway: } g \odot x + (1 - g) \odot y, \; g = \sigma(W x + b)",
        r"\text{sigtanh: } x + \sigma(W y - b) \odot \tanh(U y)",
        where="b is a learned number per feature that starts at bias: the larger, the more of x goes on.",
    ),
)
class ResidualGate(nn.Module):
    """Joins a shortcut and what a layer made of it by a learned gate that starts near the shortcut, instead of a sum.

    x and y, N ... D each -> the same.
    """

    def __init__(
        self,
        dim: InFeatures,
        kind: Annotated[
            Literal["gru", "highway", "output", "input", "sigtanh"], Doc("How the gate is computed and used.")
        ] = "gru",
        bias: Annotated[float, Range(-100, 100), Doc("How far towards the shortcut the gate starts.")] = 2.0,
    ) -> None:
        super().__init__()
        self.kind = kind
        if kind == "gru":
            self.from_y = nn.Linear(dim, 3 * dim, bias=False)
            self.from_x = nn.Linear(dim, 2 * dim, bias=False)
            self.reset = nn.Linear(dim, dim, bias=False)
        else:
            self.gate = nn.Linear(dim, dim, bias=False)
        if kind == "sigtanh":
            self.value = nn.Linear(dim, dim, bias=False)
        if kind != "input":
            self.bias = nn.Parameter(torch.full((dim,), float(bias)))

    def forward(self, x: Features, y: Annotated[Tensor, Port("N ... D")]) -> Features:
        if self.kind == "gru":
            of_r, of_z, of_h = self.from_y(y).chunk(3, -1)
            by_r, by_z = self.from_x(x).chunk(2, -1)
            z = (of_z + by_z - self.bias).sigmoid()
            h = (of_h + self.reset((of_r + by_r).sigmoid() * x)).tanh()
            return (1 - z) * x + z * h
        if self.kind == "input":
            return self.gate(x).sigmoid() * x + y
        if self.kind == "output":
            return x + (self.gate(x) - self.bias).sigmoid() * y
        if self.kind == "highway":
            g = (self.gate(x) + self.bias).sigmoid()
            return g * x + (1 - g) * y
        return x + (self.gate(y) - self.bias).sigmoid() * self.value(y).tanh()
