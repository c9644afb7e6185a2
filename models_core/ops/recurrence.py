"""What the recurrent blocks share."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def take(sequence: Tensor, output: str, hidden_size: int, bidirectional: bool) -> Tensor:
    """All outputs (N L H), or (N H) what each direction ends with: the last position, and the first backwards."""
    if output == "sequence":
        return sequence
    if not bidirectional:
        return sequence[:, -1]
    return torch.cat((sequence[:, -1, :hidden_size], sequence[:, 0, hidden_size:]), 1)


def count_macs(layers: nn.RNNBase, length: int) -> int:
    """Multiply-adds of a stack of recurrent layers over one sequence; gates by element are not counted."""
    directions, hidden_size = 1 + layers.bidirectional, layers.hidden_size
    gates = {"GRU": 3, "LSTM": 4}.get(layers.mode, 1)
    first = layers.input_size + hidden_size
    later = directions * hidden_size + hidden_size
    return length * directions * gates * hidden_size * (first + (layers.num_layers - 1) * later)


def check_layers(num_layers: int, dropout: float) -> None:
    """Raise ValueError for a dropout that would never act."""
    if dropout and num_layers == 1:
        raise ValueError(f"dropout {dropout} acts between layers, but there is 1; use more layers or a dropout block")


def like_outputs(x: Tensor, gates: int, hidden_size: int, layers: int, directions: int) -> Tensor:
    """What the layers give out for a tensor on the meta device, where torch would unroll the sequence step by step.

    One piece of memory stands for the gates and states that all layers keep for training.
    """
    width = directions * hidden_size
    kept = x.new_empty(x.shape[0], x.shape[1], layers * (gates + 1) * width)
    return kept.narrow(2, 0, width)
