from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, glu

from models_core.blocks._sizes import Count, Width
from models_core.ops.fft_conv import fft_conv
from models_core.ops.state_space import hippo_normal, learned, log_uniform
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, Traits, register


@register(
    "block",
    id="s4",
    title="S4",
    family="state_space",
    tags=("sequence", "long convolution", "fft", "ssm", "causal", "hippo", "s4d"),
    small={"state": 4},
    traits=Traits(causal=True),
    source=Source(
        "Albert Gu, Karan Goel, Christopher Ré",
        "Efficiently Modeling Long Sequences with Structured State Spaces",
        2021,
        "https://arxiv.org/abs/2111.00396",
    ),
    formula=Formula(
        r"h' = A h + B x, \quad A = \Lambda - p p^{\ast}, \quad v = C h + D x",
        r"\bar{A} = (1 - \tfrac{\Delta}{2} A)^{-1} (1 + \tfrac{\Delta}{2} A), \quad "
        r"\bar{B} = (1 - \tfrac{\Delta}{2} A)^{-1} \Delta B",
        r"v_t = D x_t + \sum_{k=0}^{t} C \bar{A}^k \bar{B}\, x_{t-k}",
        r"y = \operatorname{glu}(W \operatorname{gelu}(v) + c)",
        where="For each feature; A starts as HiPPO, which remembers all that was. Without low_rank, p is 0: S4D.",
    ),
)
class S4(nn.Module):
    """Convolves each feature with the memory of a state space made to remember long pasts, and then mixes the features.

    N L D -> the same, no output seeing a later token. `state` complex numbers per feature stand for conjugate pairs.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {
        "log_decay": "D S", "frequency": "D S", "log_step": "D", "p": "D S 2", "b": "D S 2", "c": "D S 2", "d": "D"
    }  # fmt: skip

    def __init__(
        self,
        dim: Width,
        state: Annotated[Count, Doc("Complex numbers of each feature's state; each stands for a conjugate pair.")] = 32,
        low_rank: Annotated[
            bool, Doc("Whether the matrix is diagonal plus rank 1, as in S4, or diagonal, S4D.")
        ] = True,
    ) -> None:
        super().__init__()
        eigenvalues, p, b, _ = hippo_normal(2 * state)

        def each(values: Tensor) -> nn.Parameter:
            return learned(values.expand(dim, *values.shape))

        self.log_decay, self.frequency = each((-eigenvalues.real).log()), each(eigenvalues.imag)
        self.p = each(torch.view_as_real(p)) if low_rank else None
        self.b = each(torch.view_as_real(b))
        self.c = nn.Parameter(torch.randn(dim, state, 2) * 0.5**0.5)
        self.log_step = learned(log_uniform(dim, 1e-3, 0.1))
        self.d = nn.Parameter(torch.randn(dim))
        self.mix = nn.Linear(dim, 2 * dim)

    def forward(self, x: Sequence) -> Sequence:
        length = x.shape[1]
        # Transforms of complex matrices have no counterpart in ONNX.
        kernel = self.kernel_by_powers(length) if torch.compiler.is_exporting() else self.kernel(length)
        return self._out(fft_conv(x.transpose(1, 2), kernel).transpose(1, 2), x)

    def _out(self, v: Tensor, x: Tensor) -> Tensor:
        return glu(self.mix(gelu(v + self.d * x)), -1)

    def advance(self, real: Tensor, imag: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        """The state (... D S, real and imaginary) one step on, with inputs u (... D); in work linear in S."""
        half = self.log_step.exp()[:, None] / 2
        decay, frequency = self.log_decay.exp(), self.frequency
        u = 2 * half * u.unsqueeze(-1)
        b_real, b_imag = self.b.unbind(-1)
        # r = (1 + step / 2 A) h + step B u
        r_real = real + half * (-decay * real - frequency * imag) + u * b_real
        r_imag = imag + half * (-decay * imag + frequency * real) + u * b_imag
        # (1 - step / 2 A) h = r, diagonal part first
        over_real, over_imag = 1 + half * decay, -half * frequency
        norm = over_real.square() + over_imag.square()
        inv_real, inv_imag = over_real / norm, -over_imag / norm
        if self.p is not None:
            p_real, p_imag = self.p.unbind(-1)
            pull = (p_real * real + p_imag * imag).sum(-1, keepdim=True)
            r_real, r_imag = r_real - 2 * half * pull * p_real, r_imag - 2 * half * pull * p_imag
        h_real, h_imag = inv_real * r_real - inv_imag * r_imag, inv_real * r_imag + inv_imag * r_real
        if self.p is None:
            return h_real, h_imag
        q_real, q_imag = inv_real * p_real - inv_imag * p_imag, inv_real * p_imag + inv_imag * p_real
        met = (p_real * h_real + p_imag * h_imag).sum(-1, keepdim=True)
        own = (p_real * q_real + p_imag * q_imag).sum(-1, keepdim=True)
        share = 2 * half * met / (1 + 2 * half * own)
        return h_real - share * q_real, h_imag - share * q_imag

    def dense(self) -> tuple[Tensor, Tensor, Tensor]:
        """One step as real matrices over real and imaginary parts: D 2S 2S, its input D 2S, and the reader D 2S."""
        size = self.log_decay.shape[1]
        eye = torch.eye(2 * size, device=self.d.device, dtype=self.d.dtype).unsqueeze(1)
        still = torch.zeros_like(self.d)
        real, imag = self.advance(eye[..., :size], eye[..., size:], still)
        nothing = torch.zeros_like(self.log_decay)
        taken = torch.cat(self.advance(nothing, nothing, still + 1), -1)
        reader = torch.cat((2 * self.c[..., 0], -2 * self.c[..., 1]), -1)
        return torch.cat((real, imag), -1).permute(1, 2, 0), taken, reader

    def kernel_by_powers(self, length: int) -> Tensor:
        """The kernel C A^k B for k below `length`, D length, by squaring the matrix: all in real numbers."""
        matrix, taken, reader = self.dense()
        states = taken.unsqueeze(2)
        while states.shape[2] < length:
            states = torch.cat((states, matrix @ states), 2)
            matrix = matrix @ matrix
        return (reader.unsqueeze(1) @ states).squeeze(1)[:, :length]

    def kernel(self, length: int) -> Tensor:
        """The same by its values at the roots of unity, where powers of the matrix become one division (Cauchy)."""
        matrix, _, reader = self.dense()
        size = self.log_decay.shape[1]
        # What the kernel would go on with after `length` is taken off, as the roots go round.
        reader = reader - (reader.unsqueeze(1) @ torch.linalg.matrix_power(matrix, length)).squeeze(1)
        c = torch.complex(reader[:, :size], -reader[:, size:]) / 2
        eigenvalues = torch.complex(-self.log_decay.exp(), self.frequency)
        root = torch.polar(torch.ones_like(self.d[:1]), -2 * torch.pi * torch.arange(
            length // 2 + 1, device=self.d.device, dtype=self.d.dtype) / length)  # fmt: skip
        away = (2 / self.log_step.exp())[:, None, None] * (1 - root)[:, None]
        b = torch.view_as_complex(self.b.contiguous())

        def both(values: Tensor) -> Tensor:
            return torch.cat((values, values.conj()), -1).unsqueeze(1)

        resolvent = 2 / (away - both(eigenvalues) * (1 + root)[:, None])
        spectrum = (both(c) * resolvent * both(b)).sum(-1)
        if self.p is not None:
            p = torch.view_as_complex(self.p.contiguous())
            half = (1 + root) / 2
            from_p, to_p = (both(c) * resolvent * both(p)).sum(-1), (both(p.conj()) * resolvent * both(b)).sum(-1)
            spectrum = spectrum - half * from_p * to_p / (1 + half * (both(p.conj()) * resolvent * both(p)).sum(-1))
        return torch.fft.irfft(spectrum, n=length)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """The matrix behind, and complex products of spectra; not the transforms, nor the kernel, made once for all."""
        length, dim = in_shapes[0][-2:]
        return 2 * length * dim * dim + 4 * dim * ((1 << max(2 * length - 2, 1).bit_length()) // 2 + 1)

    def init_state(self, batch: int) -> tuple[Tensor, ...]:
        return tuple(self.d.new_zeros(batch, *self.log_decay.shape) for _ in range(2))

    def step(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        real, imag = self.advance(state[0], state[1], x)
        v = 2 * (real * self.c[..., 0] - imag * self.c[..., 1]).sum(-1)
        return self._out(v, x), (real, imag)
