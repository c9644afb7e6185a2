"""The form that the recurrent blocks share, parameter by parameter."""

from __future__ import annotations

from typing import Annotated, Literal

from torch import Tensor

from models_core.blocks._sizes import Count, Probability, Size
from models_core.ports import Port
from models_core.registry import Doc

HiddenSize = Annotated[Size, Doc("Features of the state, per direction.")]
Layers = Annotated[Count, Doc("Layers, each fed with the outputs of the one before.")]
Bidirectional = Annotated[bool, Doc("Whether a second state goes through the sequence backwards.")]
Output = Annotated[Literal["sequence", "last"], Doc("The state at every position, or what each direction ends with.")]
Dropout = Annotated[Probability, Doc("Probability that a value between layers is dropped in training.")]
States = Annotated[Tensor, Port("N ... H")]
