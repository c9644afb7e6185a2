from __future__ import annotations

from typing import Annotated

import torch
from torch import nn

from models_core.blocks._sizes import InChannels, Size
from models_core.blocks.recurrent.lstm import LSTM
from models_core.ports import Image
from models_core.registry import Doc, Formula, Source, register


@register(
    "block",
    id="lstm2d",
    title="LSTM 2D",
    family="recurrent",
    tags=("image", "recurrent", "sequencer"),
    source=Source(
        "Yuki Tatsunami, Masato Taki",
        "Sequencer: Deep LSTM for Image Classification",
        2022,
        "https://arxiv.org/abs/2205.01972",
    ),
    formula=Formula(
        r"v_{\cdot,j} = \operatorname{LSTM}_v(x_{\cdot,j}), \quad h_{i,\cdot} = \operatorname{LSTM}_h(x_{i,\cdot})",
        r"y_{ij} = W\, [v_{ij}, h_{ij}] + b",
        where="Both read in both directions: one every column, the other every row.",
    ),
)
class LSTM2d(nn.Module):
    """Reads every column of an image by one LSTM and every row by another, in both directions, and joins the states.

    N C H W -> the same, of any height and width. A pixel sees its row and its column.
    """

    mixes_positions = True

    def __init__(
        self,
        channels: InChannels,
        hidden_size: Annotated[Size | None, Doc("Features of each state; empty: a quarter of the channels.")] = None,
    ) -> None:
        super().__init__()
        hidden = hidden_size or max(1, channels // 4)
        self.vertical = LSTM(channels, hidden, bidirectional=True)
        self.horizontal = LSTM(channels, hidden, bidirectional=True)
        self.fc = nn.Linear(4 * hidden, channels)

    def forward(self, x: Image) -> Image:
        height, width = x.shape[2:]
        columns = self.vertical(x.permute(0, 3, 2, 1).flatten(0, 1)).unflatten(0, (-1, width)).transpose(1, 2)
        rows = self.horizontal(x.permute(0, 2, 3, 1).flatten(0, 1)).unflatten(0, (-1, height))
        return self.fc(torch.cat((columns, rows), -1)).permute(0, 3, 1, 2)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        channels, height, width = in_shapes[0][-3:]
        column, row = (1, height, channels), (1, width, channels)
        states = width * self.vertical.cost([column]) + height * self.horizontal.cost([row])
        return states + height * width * self.fc.in_features * channels
