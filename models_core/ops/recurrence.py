"""What the recurrent blocks share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor


def take(sequence: Tensor, output: str, hidden_size: int, bidirectional: bool) -> Tensor:
    """All outputs (N L H), or (N H) what each direction ends with: the last position, and the first backwards."""
    if output == "sequence":
        return sequence
    if not bidirectional:
        return sequence[:, -1]
    return torch.cat((sequence[:, -1, :hidden_size], sequence[:, 0, hidden_size:]), 1)


def count_macs(gates: int, length: int, input_size: int, hidden_size: int, layers: int, directions: int) -> int:
    """Multiply-adds of a stack of recurrent layers over one sequence; gates by element are not counted."""
    first = input_size + hidden_size
    later = directions * hidden_size + hidden_size
    return length * directions * gates * hidden_size * (first + (layers - 1) * later)


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


@contextlib.contextmanager
def without_unrolling() -> Iterator[None]:
    """Let torch export find the shapes of GRU and LSTM layers without stepping through the sequence.

    Tracing runs these layers on shapes alone several times; torch does so step by step, which takes most of a minute
    for 256 steps. The layers stay one operator in the exported graph, so nothing but shapes comes from in here; what
    does not stay one operator (plain RNN) is left alone. A torch without the inner function is left as it is.
    """
    import torch._decomp.decompositions as inner

    original = getattr(inner, "_rnn_helper", None)
    if original is None:
        yield
        return

    def shapes(input: Any, hidden: Any, *args: Any) -> Any:
        bidirectional, batch_first, layer = args[5], args[6], args[7]
        cell = getattr(layer, "keywords", {}).get("hidden_fn")
        if not batch_first or (cell is not None and cell is not inner.gru_cell):
            return original(input, hidden, *args)
        state = hidden[0][0] if isinstance(hidden[0], tuple) else hidden[0]
        width = state.shape[-1] * (2 if bidirectional else 1)
        return input.new_empty(input.shape[0], input.shape[1], width), list(hidden)

    inner._rnn_helper = shapes
    try:
        yield
    finally:
        inner._rnn_helper = original
