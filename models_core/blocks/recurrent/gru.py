from __future__ import annotations

from torch import nn

from models_core.blocks._sizes import InFeatures
from models_core.blocks.recurrent._form import Bidirectional, Dropout, HiddenSize, Layers, Output, States
from models_core.ops.recurrence import check_layers, count_macs, like_outputs, take
from models_core.ports import Sequence
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="gru",
    title="GRU",
    family="recurrent",
    tags=("sequence", "recurrent"),
    source=Source(
        "Kyunghyun Cho, Bart van Merriënboer, Caglar Gulcehre and others",
        "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
        2014,
        "https://arxiv.org/abs/1406.1078",
    ),
    formula=Formula(
        r"r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r)",
        r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z)",
        r"n_t = \tanh\left(W_n x_t + b_n + r_t \odot (U_n h_{t-1} + c_n)\right)",
        r"h_t = (1 - z_t) \odot n_t + z_t \odot h_{t-1}",
        where="h starts at 0; out is h at every position, or the last one.",
    ),
)
class GRU(nn.GRU):
    """Reads a sequence step by step, carrying a state that two gates update.

    N L input_size -> N L H, or N H if only the last state goes out; H is hidden_size, twice that if bidirectional.
    Raises ValueError for dropout with a single layer.
    """

    mixes_positions = True

    def __init__(
        self,
        input_size: InFeatures,
        hidden_size: HiddenSize,
        num_layers: Layers = 1,
        bidirectional: Bidirectional = False,
        output: Output = "sequence",
        dropout: Dropout = 0.0,
    ) -> None:
        check_layers(num_layers, dropout)
        super().__init__(
            input_size, hidden_size, num_layers, batch_first=True, dropout=dropout, bidirectional=bidirectional
        )
        self.output = output

    def forward(self, x: Sequence) -> States:  # type: ignore[override]  # no state goes in
        if x.device.type == "meta":
            sequence = like_outputs(x, 3, self.hidden_size, self.num_layers, 1 + self.bidirectional)
        else:
            sequence = super().forward(x)[0]
        return take(sequence, self.output, self.hidden_size, self.bidirectional)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        return count_macs(self, in_shapes[0][-2])
