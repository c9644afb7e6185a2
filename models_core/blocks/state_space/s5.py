from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from models_core.blocks._sizes import Count, Width
from models_core.ops.scan import Pair, complex_scan
from models_core.ops.state_space import hippo_normal, learned, log_uniform
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="s5",
    title="S5",
    family="state_space",
    tags=("sequence", "recurrent", "ssm", "causal", "hippo"),
    small={"state": 4},
    source=Source(
        "Jimmy Smith, Andrew Warrington, Scott Linderman",
        "Simplified State Space Layers for Sequence Modeling",
        2022,
        "https://arxiv.org/abs/2208.04933",
    ),
    formula=Formula(
        r"h_t = \bar{\Lambda} \odot h_{t-1} + \bar{B} x_t, \quad \bar{\Lambda} = e^{\Lambda \Delta}, \quad "
        r"\bar{B} = \Lambda^{-1} (\bar{\Lambda} - 1) B",
        r"u_t = \operatorname{gelu}(2 \operatorname{Re}(C h_t) + D \odot x_t)",
        r"y_t = u_t \odot \sigma(W u_t + b)",
        where=(
            "Λ, B and C are complex, Δ is a step size for each number of the state; Λ starts as the eigenvalues of the "
            "normal part of HiPPO. If bidirectional, a second C reads states that run backwards."
        ),
    ),
)
class S5(nn.Module):
    """Reads a sequence through one linear state space with complex diagonal memory that all features share.

    N L D -> the same; no output sees a later token unless bidirectional. `state` complex numbers stand for twice as
    many, as they come with their conjugates.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {
        "log_decay": "S", "frequency": "S", "log_step": "S", "b": "S D 2", "c": "E D S 2", "d": "D"
    }  # fmt: skip

    def __init__(
        self,
        dim: Width,
        state: Annotated[Count, Doc("Complex numbers of the state; each stands for a conjugate pair.")] = 32,
        bidirectional: Annotated[bool, Doc("Whether a second state goes through the sequence backwards.")] = False,
    ) -> None:
        super().__init__()
        self.bidirectional = bidirectional
        eigenvalues, _, _, basis = hippo_normal(2 * state)
        self.log_decay, self.frequency = learned((-eigenvalues.real).log()), learned(eigenvalues.imag)
        self.log_step = learned(log_uniform(state, 1e-3, 0.1))
        to_basis = torch.view_as_real(basis.conj().T.contiguous()).float()
        b = torch.randn(2 * state, dim, device="cpu") * dim**-0.5
        self.b = learned(torch.einsum("snr,nd->sdr", to_basis, b))
        c = torch.randn(1 + bidirectional, dim, 2 * state, device="cpu") * (2 * state) ** -0.5
        from_basis = torch.view_as_real(basis.contiguous()).float()
        self.c = learned(torch.einsum("edn,nsr->edsr", c, from_basis))
        self.d = nn.Parameter(torch.randn(dim))
        self.gate = nn.Linear(dim, dim)

    def discrete(self) -> tuple[Pair, Pair]:
        """The gate of each state (S) and the input matrix (S D) of one step, by zero-order hold; real and imaginary."""
        step, decay = self.log_step.exp(), self.log_decay.exp()
        size, angle = (-decay * step).exp(), self.frequency * step
        real, imag = size * angle.cos(), size * angle.sin()
        # (gate - 1) / eigenvalue, with the eigenvalue -decay + i frequency
        norm = decay.square() + self.frequency.square()
        held_real = (-(real - 1) * decay + imag * self.frequency) / norm
        held_imag = (-imag * decay - (real - 1) * self.frequency) / norm
        b_real, b_imag = self.b.unbind(-1)
        held_real, held_imag = held_real.unsqueeze(-1), held_imag.unsqueeze(-1)
        return (real, imag), (held_real * b_real - held_imag * b_imag, held_real * b_imag + held_imag * b_real)

    def forward(self, x: Sequence) -> Sequence:
        (real, imag), (b_real, b_imag) = self.discrete()
        gates = real.expand(1, 1, -1), imag.expand(1, 1, -1)
        terms = x @ b_real.T, x @ b_imag.T
        y = self._read(complex_scan(gates, terms), 0)
        if self.bidirectional:
            states = complex_scan(gates, (terms[0].flip(1), terms[1].flip(1)))
            y = y + self._read((states[0].flip(1), states[1].flip(1)), 1)
        return self._out(y, x)

    def _read(self, states: Pair, direction: int) -> Tensor:
        c_real, c_imag = self.c[direction].unbind(-1)
        return 2 * (states[0] @ c_real.T - states[1] @ c_imag.T)

    def _out(self, y: Tensor, x: Tensor) -> Tensor:
        u = gelu(y + self.d * x)
        return u * self.gate(u).sigmoid()

    def init_state(self, batch: int) -> tuple[Tensor, ...]:
        if self.bidirectional:
            raise ValueError("a bidirectional s5 looks ahead and has no step; set bidirectional to false")
        size = self.log_decay.shape[0]
        return self.d.new_zeros(batch, size), self.d.new_zeros(batch, size)

    def step(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        (real, imag), (b_real, b_imag) = self.discrete()
        after = (
            real * state[0] - imag * state[1] + x @ b_real.T,
            real * state[1] + imag * state[0] + x @ b_imag.T,
        )
        return self._out(self._read(after, 0), x), after
