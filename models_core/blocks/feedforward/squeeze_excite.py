from __future__ import annotations

from typing import Annotated

from torch import nn

from models_core.blocks._sizes import InChannels, Size
from models_core.ops.activations import Activation, make_activation
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="squeeze_excite",
    small={"reduction": 1},
    title="Squeeze and excite",
    family="feedforward",
    tags=("image", "gate", "channel attention", "se"),
    source=Source(
        "Jie Hu, Li Shen, Gang Sun", "Squeeze-and-Excitation Networks", 2018, "https://arxiv.org/abs/1709.01507"
    ),
    formula=Formula(
        r"z_c = \frac{1}{H W} \sum_{i,j} x_{c,i,j}",
        r"g = \sigma\left(W_2\, \varphi(W_1 z + b_1) + b_2\right)",
        r"y_{c,i,j} = g_c\, x_{c,i,j}",
        where="φ is activation, σ is gate.",
    ),
)
class SqueezeExcite(nn.Module):
    """Weighs each channel of an image by a gate computed from the means of all channels.

    N C H W -> the same.
    """

    mixes_positions = True

    def __init__(
        self,
        in_channels: InChannels,
        reduction: Annotated[Size, Doc("How many times fewer channels the gate has inside.")] = 16,
        hidden_channels: Annotated[Size | None, Doc("Channels inside; empty: in_channels / reduction.")] = None,
        activation: Annotated[Activation, Doc("What lies between the two matrices.")] = "relu",
        gate: Annotated[Activation, Doc("What makes the gate of the result.")] = "sigmoid",
    ) -> None:
        super().__init__()
        hidden = hidden_channels or max(1, in_channels // reduction)
        self.fc1 = nn.Conv2d(in_channels, hidden, 1)
        self.act = make_activation(activation)
        self.fc2 = nn.Conv2d(hidden, in_channels, 1)
        self.gate = make_activation(gate)

    def forward(self, x: Image) -> Image:
        mean = x.mean((2, 3), keepdim=True)
        return x * self.gate(self.fc2(self.act(self.fc1(mean))))
