from __future__ import annotations

from torch import nn

from models_core.blocks._sizes import InFeatures
from models_core.blocks.recurrent._form import Bidirectional, Dropout, HiddenSize, Layers, Output, States
from models_core.ops.recurrence import check_layers, count_macs, like_outputs, take
from models_core.ports import Sequence
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="lstm",
    title="LSTM",
    family="recurrent",
    tags=("sequence", "recurrent"),
    source=Source(
        "Sepp Hochreiter, Jürgen Schmidhuber",
        "Long Short-Term Memory",
        1997,
        "https://doi.org/10.1162/neco.1997.9.8.1735",
    ),
    formula=Formula(
        r"i_t, f_t, o_t = \sigma(W_\ast x_t + U_\ast h_{t-1} + b_\ast)",
        r"g_t = \tanh(W_g x_t + U_g h_{t-1} + b_g)",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        r"h_t = o_t \odot \tanh(c_t)",
        where=(
            "h and c start at 0; ∗ is i, f or o, each with weights of its own; out is h at every position, or the last "
            "one."
        ),
    ),
)
class LSTM(nn.LSTM):
    """Reads a sequence step by step, carrying a state and a memory cell that three gates guard.

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
            sequence = like_outputs(x, 4, self.hidden_size, self.num_layers, 1 + self.bidirectional)
        else:
            sequence = super().forward(x)[0]
        return take(sequence, self.output, self.hidden_size, self.bidirectional)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        return count_macs(self, in_shapes[0][-2])
