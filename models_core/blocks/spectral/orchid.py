from __future__ import annotations

from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Kernel, Width
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="orchid",
    family="spectral",
    tags=("sequence", "frequency", "fft", "dynamic convolution", "gate"),
    source=Source(
        "Mahdi Karami, Ali Ghodsi",
        "Orchid: Flexible and Data-Dependent Convolution for Sequence Modeling",
        2024,
        "https://arxiv.org/abs/2402.18508",
    ),
    formula=Formula(
        r"u = k_u * W_u x, \quad g = k_g * W_g x, \quad a = k_a * x, \quad b = k_b * x",
        r"H = \left|\mathcal{F}(a)\right| \quad \text{or} \quad H = \overline{\mathcal{F}(a)}\, \mathcal{F}(b)",
        r"y = W_o \left(g \odot \mathcal{F}^{-1}(H \odot \mathcal{F}(u)) / \sqrt{L}\right)",
        where="The k are short circular kernels per feature; H is one or the other, by conditioning.",
    ),
)
class Orchid(nn.Module):
    """Convolves a sequence, all the way round, with a kernel as long as itself made of the sequence, and gates it.

    N L D -> the same. Shifting the input round shifts the output alike, as the kernel does not change.
    """

    mixes_positions = True

    def __init__(
        self,
        dim: Width,
        conditioning: Annotated[
            Literal["magnitude", "correlation"], Doc("How the kernel is made not to depend on shifts.")
        ] = "magnitude",
        kernel_size: Annotated[Kernel, Doc("Positions each short convolution covers; odd.")] = 3,
    ) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            raise ValueError(f"kernel_size {kernel_size} has no middle; use an odd one, such as {kernel_size + 1}")
        self.conditioning = conditioning
        makers = 1 if conditioning == "magnitude" else 2

        def short(channels: int) -> nn.Conv1d:
            return nn.Conv1d(channels, channels, kernel_size, groups=channels, bias=False)

        self.proj_in = nn.Linear(dim, 2 * dim)
        self.short = short(2 * dim)
        self.makers = nn.ModuleList(short(dim) for _ in range(makers))
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Sequence) -> Sequence:
        length = x.shape[1]
        u, gate = _round(self.short, self.proj_in(x).transpose(1, 2)).chunk(2, 1)
        made = [torch.fft.rfft(_round(maker, x.transpose(1, 2)), norm="ortho") for maker in self.makers]
        spectrum = torch.fft.rfft(u, norm="ortho")
        if self.conditioning == "magnitude":
            # Written out, as the magnitude of a complex number has no gradient where it is 0.
            pair = torch.view_as_real(made[0])
            spectrum = spectrum * (pair.square().sum(-1) + 1e-12).sqrt()
        else:
            spectrum = spectrum * (made[0].conj() * made[1])
        y = torch.fft.irfft(spectrum, n=length, norm="ortho")
        return self.proj((gate * y).transpose(1, 2))

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """Matrices, short convolutions and products of spectra; the transforms are not counted."""
        length, dim = in_shapes[0][-2:]
        taps = self.short.kernel_size[0] * (2 + len(self.makers))
        return length * dim * (3 * dim + taps) + 4 * len(self.makers) * (length // 2 + 1) * dim


def _round(conv: Any, x: Tensor) -> Tensor:
    """A convolution of N D L whose sequence is a ring."""
    reach = conv.kernel_size[0] // 2
    turned = [x.roll(at, 2) for at in range(reach, -reach - 1, -1)]
    taps = conv.weight.squeeze(1)
    return torch.stack([taps[:, at, None] * part for at, part in enumerate(turned)]).sum(0)
