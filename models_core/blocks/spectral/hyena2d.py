from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import torch
from torch import Tensor, nn

from models_core.blocks._sizes import Count, InChannels, Size
from models_core.ops.fft_conv import fft_conv2d
from models_core.ops.state_space import learned
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, register


class ImplicitFilter(nn.Module):
    """A filter as a function of the offset: sines of a small network, under a window that fades with distance."""

    axes: ClassVar[dict[str, str]] = {"log_decay": "C", "frequency": "D"}

    def __init__(self, channels: int, hidden: int, bands: int, dims: int) -> None:
        super().__init__()
        self.bands = bands
        self.fc1 = nn.Linear(dims * (2 * bands + 1), hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, channels, bias=False)
        self.frequency = nn.Parameter(torch.ones(hidden))
        self.log_decay = learned(torch.linspace(0.0, 3.0, channels))

    def forward(self, offsets: Tensor) -> Tensor:
        """Offsets ... dims, from -1 to 1, -> channels ... ."""
        rates = torch.arange(1, self.bands + 1, device=offsets.device) * torch.pi
        angles = (offsets.unsqueeze(-1) * rates).flatten(-2)
        h = torch.cat((offsets, angles.sin(), angles.cos()), -1)
        h = (self.frequency * self.fc1(h)).sin()
        h = self.fc3((self.frequency * self.fc2(h)).sin())
        window = (-self.log_decay.exp() * offsets.abs().sum(-1, keepdim=True)).exp()
        return (h * window).movedim(-1, 0)


@register(
    "block",
    id="hyena2d",
    title="Hyena 2D",
    family="spectral",
    tags=("image", "long convolution", "fft", "gate", "implicit filter"),
    source=Source(
        "Itamar Zimerman, Lior Wolf",
        "Multi-Dimensional Hyena for Spatial Inductive Bias",
        2023,
        "https://arxiv.org/abs/2309.13600",
    ),
    formula=Formula(
        r"[v, a, b] = s * W x, \quad h_{\delta} = e^{-\lambda |\delta|} f(\delta)",
        r"y = W_o \left(b \odot (h * (a \odot v) + D \odot a \odot v)\right)",
        where=(
            "s is a 3 × 3 kernel per channel; f is a network of the offset δ, or for filter product the product of one "
            "for each axis."
        ),
    ),
)
class Hyena2d(nn.Module):
    """Convolves an image with kernels as large as itself that a small network draws, between two gates.

    N C H W -> the same, of any size: the kernel is a function of offsets, not a table.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"d": "C"}

    def __init__(
        self,
        channels: InChannels,
        filter: Annotated[
            Literal["full", "product"], Doc("One network of both offsets, or the product of one for each axis.")
        ] = "full",
        one_sided: Annotated[bool, Doc("Whether a position sees only those not below and not to its right.")] = False,
        hidden: Annotated[Size, Doc("Features inside the network that draws the kernel.")] = 32,
        bands: Annotated[Count, Doc("Frequencies that the network is given of each offset.")] = 4,
    ) -> None:
        super().__init__()
        self.one_sided = one_sided
        self.proj_in = nn.Conv2d(channels, 3 * channels, 1)
        self.short = nn.Conv2d(3 * channels, 3 * channels, 3, padding=1, groups=3 * channels)
        dims = [2] if filter == "full" else [1, 1]
        self.filters = nn.ModuleList(ImplicitFilter(channels, hidden, bands, count) for count in dims)
        self.d = nn.Parameter(torch.ones(channels))
        self.proj = nn.Conv2d(channels, channels, 1)

    def kernel(self, height: int, width: int) -> Tensor:
        """The kernel for an image of that size: C (2 height - 1) (2 width - 1), offset 0 in the middle."""
        rows, columns = (
            torch.arange(1 - size, size, device=self.d.device, dtype=self.d.dtype) / size for size in (height, width)
        )
        if len(self.filters) == 1:
            both = torch.stack((rows[:, None].expand(-1, len(columns)), columns.expand(len(rows), -1)), -1)
            kernel = self.filters[0](both)
        else:
            kernel = self.filters[0](rows[:, None]).unsqueeze(2) * self.filters[1](columns[:, None]).unsqueeze(1)
        if self.one_sided:
            kernel = kernel * ((rows >= 0)[:, None] & (columns >= 0))
        return kernel / (height * width) ** 0.5

    def forward(self, x: Image) -> Image:
        x = self.proj_in(x)
        if not self.one_sided:
            x = self.short(x)
        v, a, b = x.chunk(3, 1)
        u = a * v
        y = fft_conv2d(u, self.kernel(x.shape[2], x.shape[3])) + self.d[:, None, None] * u
        return self.proj(b * y)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        """Convolutions and products of spectra; not the transforms, nor the kernel, which is made once."""
        channels, height, width = in_shapes[0][-3:]
        local = 4 * channels * channels + (0 if self.one_sided else 27 * channels)
        sizes = [1 << max(3 * size - 3, 1).bit_length() for size in (height, width)]
        return height * width * local + 4 * channels * sizes[0] * (sizes[1] // 2 + 1)
