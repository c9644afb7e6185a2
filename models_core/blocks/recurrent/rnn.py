from __future__ import annotations

from torch import nn

from models_core.blocks._sizes import InFeatures
from models_core.blocks.recurrent._form import Bidirectional, Dropout, HiddenSize, Layers, Output, States
from models_core.ops.recurrence import check_layers, count_macs, like_outputs, take
from models_core.ports import Sequence
from models_core.registry import Formula, Source, register


@register(
    "block",
    id="rnn",
    title="RNN",
    family="recurrent",
    tags=("sequence", "recurrent"),
    source=Source("Jeffrey Elman", "Finding Structure in Time", 1990, "https://doi.org/10.1207/s15516709cog1402_1"),
    formula=Formula(
        r"h_t = \tanh(W x_t + U h_{t-1} + b)", where="h starts at 0; out is h at every position, or the last one."
    ),
)
class RNN(nn.RNN):
    """Reads a sequence step by step, carrying a state through tanh.

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
            sequence = like_outputs(x, 1, self.hidden_size, self.num_layers, 1 + self.bidirectional)
        else:
            sequence = super().forward(x)[0]
        return take(sequence, self.output, self.hidden_size, self.bidirectional)

    def cost(self, in_shapes: list[tuple[int, ...]]) -> int:
        return count_macs(self, in_shapes[0][-2])
