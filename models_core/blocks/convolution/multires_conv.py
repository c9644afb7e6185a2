from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, gelu, glu, pad

from models_core.blocks._sizes import Width
from models_core.ports import Sequence
from models_core.registry import Doc, Formula, Range, Source, Traits, register


@register(
    "block",
    id="multires_conv",
    title="Multiresolution convolution",
    family="convolution",
    tags=("sequence", "wavelet", "dilated", "causal", "memory"),
    small={"levels": 2},
    traits=Traits(causal=True),
    source=Source(
        "Jiaxin Shi, Ke Alexander Wang, Emily Fox",
        "Sequence Modeling with Multiresolution Convolutional Memory",
        2023,
        "https://arxiv.org/abs/2305.01638",
    ),
    formula=Formula(
        r"a^{(0)} = x, \quad a^{(j+1)} = h_0 *_{2^j} a^{(j)}, \quad b^{(j+1)} = h_1 *_{2^j} a^{(j)}",
        r"m = w_0 \odot a^{(J)} + \sum_{j=1}^{J} w_j \odot b^{(j)} + w_{J+1} \odot x",
        r"y = \operatorname{glu}(W \operatorname{gelu}(m) + c)",
        where="Two filters per feature, shared by all J levels; ∗ with 2ʲ is causal with that dilation.",
    ),
)
class MultiresConv(nn.Module):
    """Takes a sequence apart by one pair of filters at ever wider dilations, weighs the parts, and mixes features.

    N L D -> the same, no output seeing a later token. It sees (kernel_size - 1) (2^levels - 1) tokens back.
    """

    mixes_positions = True
    axes: ClassVar[dict[str, str]] = {"low": "D 1 K", "high": "D 1 K", "weights": "D J"}

    def __init__(
        self,
        dim: Width,
        levels: Annotated[int, Range(1, 16), Doc("Times the sequence is taken apart; each doubles what is seen.")] = 6,
        kernel_size: Annotated[int, Range(2, 64), Doc("Taps of the two filters.")] = 2,
    ) -> None:
        super().__init__()
        self.levels = levels
        scale = kernel_size**-0.5
        self.low = nn.Parameter((torch.rand(dim, 1, kernel_size) * 2 - 1) * scale)
        self.high = nn.Parameter((torch.rand(dim, 1, kernel_size) * 2 - 1) * scale)
        self.weights = nn.Parameter((torch.rand(dim, levels + 2) * 2 - 1) * (1 / (levels + 1)) ** 0.5)
        self.mix = nn.Linear(dim, 2 * dim)

    def memory(self, x: Tensor) -> Tensor:
        """The weighed sum of all parts of N D L, before features are mixed."""
        total = self.weights[:, -1:] * x
        for level in range(self.levels):
            spread = 1 << level
            led = pad(x, (spread * (self.low.shape[2] - 1), 0))
            detail = conv1d(led, self.high, dilation=spread, groups=x.shape[1])
            x = conv1d(led, self.low, dilation=spread, groups=x.shape[1])
            total = total + self.weights[:, level + 1, None] * detail
        return total + self.weights[:, :1] * x

    def forward(self, x: Sequence) -> Sequence:
        return self._out(self.memory(x.transpose(1, 2)).transpose(1, 2))

    def _out(self, memory: Tensor) -> Tensor:
        return glu(self.mix(gelu(memory)), -1)

    def init_state(self, batch: int) -> tuple[Tensor, ...]:
        dim, _, taps = self.low.shape
        return tuple(self.low.new_zeros(batch, dim, (taps - 1) << level) for level in range(self.levels))

    def step(self, x: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        total, after = self.weights[:, -1] * x, []
        for level, past in enumerate(state):
            window = torch.cat((past, x.unsqueeze(2)), 2)
            seen = window[:, :, :: 1 << level]
            after.append(window[:, :, 1:])
            total = total + self.weights[:, level + 1] * (self.high.squeeze(1) * seen).sum(2)
            x = (self.low.squeeze(1) * seen).sum(2)
        return self._out(total + self.weights[:, 0] * x), tuple(after)
