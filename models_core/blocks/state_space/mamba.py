from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, pad, silu, softplus

from models_core.blocks._sizes import Count, Kernel, Width
from models_core.ops.scan import linear_scan
from models_core.ops.state_space import learned, log_uniform
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, Traits, register


@register(
    "block",
    id="mamba",
    family="state_space",
    tags=("sequence", "recurrent", "selective", "ssm", "causal"),
    small={"state": 4},
    traits=Traits(causal=True),
    source=Source(
        "Albert Gu, Tri Dao",
        "Mamba: Linear-Time Sequence Modeling with Selective State Spaces",
        2023,
        "https://arxiv.org/abs/2312.00752",
    ),
    formula=Formula(
        r"[u, z] = W_{in} x, \quad v = \operatorname{silu}(k * u)",
        r"\Delta_t = \operatorname{softplus}(W_\Delta v_t + b_\Delta), \quad B_t = W_B v_t, \quad C_t = W_C v_t",
        r"h_t = e^{\Delta_t A} \odot h_{t-1} + \Delta_t\, v_t B_t^{\top}",
        r"y_t = W_{out} \left((h_t C_t + D \odot v_t) \odot \operatorname{silu}(z_t)\right)",
        where=(
            "k is a short causal kernel per channel; A is negative, with a row of state numbers per channel; h starts "
            "at 0. Unless selective, Δ, B and C are learned and the same at every step."
        ),
    ),
)
class Mamba(nn.Module):
    """Reads a sequence through a state that its own input tells what to keep and what to forget.

    N L D -> the same, no output seeing a later token. Time and memory are linear in L.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"log_a": "D S", "d": "D", "delta": "D", "b": "S", "c": "S"}

    def __init__(
        self,
        dim: Width,
        state: Annotated[Count, Doc("Numbers of the state per channel inside.")] = 16,
        kernel_size: Annotated[Kernel, Doc("Positions the short convolution covers.")] = 4,
        expand: Annotated[Count, Doc("Channels inside for each feature that comes in.")] = 2,
        selective: Annotated[bool, Doc("Whether step size, B and C depend on the input.")] = True,
    ) -> None:
        super().__init__()
        inner, rank = expand * dim, math.ceil(dim / 16)
        self.inner, self.state, self.rank, self.selective = inner, state, rank, selective
        self.in_proj = nn.Linear(dim, 2 * inner, bias=False)
        self.conv = nn.Conv1d(inner, inner, kernel_size, groups=inner)
        # Step sizes between 0.001 and 0.1 at the start: softplus of the bias.
        steps = log_uniform(inner, 1e-3, 0.1).exp()
        bias = steps + (-torch.expm1(-steps)).log()
        if selective:
            self.x_proj = nn.Linear(inner, rank + 2 * state, bias=False)
            self.dt_proj = nn.Linear(rank, inner)
            nn.init.uniform_(self.dt_proj.weight, -(rank**-0.5), rank**-0.5)
            with torch.no_grad():
                self.dt_proj.bias.copy_(bias)
        else:
            self.delta = learned(bias)
            self.b, self.c = nn.Parameter(torch.randn(state)), nn.Parameter(torch.randn(state))
        self.log_a = nn.Parameter(torch.arange(1, state + 1).float().log().repeat(inner, 1))
        self.d = nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, dim, bias=False)

    def forward(self, x: Sequence) -> Sequence:
        u, z = self.in_proj(x).chunk(2, -1)
        v = pad(u.transpose(1, 2), (self.conv.kernel_size[0] - 1, 0))
        v = silu(self.conv(v).transpose(1, 2))
        gates, terms, c = self._recurrence(v)
        states = linear_scan(gates, terms)
        return self._out((states @ c.unsqueeze(-1)).squeeze(-1), v, z)

    def _recurrence(self, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Gates and terms of the state (... inner state), and what reads it (... state), at inputs ... inner."""
        if self.selective:
            low, b, c = self.x_proj(v).split([self.rank, self.state, self.state], -1)
            delta = softplus(self.dt_proj(low))
        else:
            delta = softplus(self.delta).expand_as(v)
            b, c = (part.expand(*v.shape[:-1], -1) for part in (self.b, self.c))
        gates = (delta.unsqueeze(-1) * -self.log_a.exp()).exp()
        return gates, (delta * v).unsqueeze(-1) * b.unsqueeze(-2), c

    def _out(self, y: Tensor, v: Tensor, z: Tensor) -> Tensor:
        return self.out_proj((y + self.d * v) * silu(z))

    def init_state(self, batch: int) -> tuple[Tensor, ...]:
        like = self.d
        window = like.new_zeros(batch, self.inner, self.conv.kernel_size[0] - 1)
        return window, like.new_zeros(batch, self.inner, self.state)

    def step(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        window, h = state
        u, z = self.in_proj(x).chunk(2, -1)
        window = torch.cat((window, u.unsqueeze(-1)), -1)
        v = silu(conv1d(window, self.conv.weight, self.conv.bias, groups=self.inner).squeeze(-1))
        gate, term, c = self._recurrence(v)
        h = gate * h + term
        return self._out((h @ c.unsqueeze(-1)).squeeze(-1), v, z), (window[..., 1:], h)
