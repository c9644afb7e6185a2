"""Recurrent layers on export: one ONNX operator per layer, traced by shape instead of step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from onnxscript import opset20 as op
from torch import Tensor, nn

# torch's order of gates to ONNX's: LSTM i f g o -> i o f c; GRU r z n -> z r h.
_GATES = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN_TANH": (0,), "RNN_RELU": (0,)}


@torch.library.custom_op("blockyard::recurrent", mutates_args=())
def recurrent(x: Tensor, w: Tensor, r: Tensor, b: Tensor, mode: str) -> Tensor:
    """One recurrent layer over N L D with weights as ONNX has them; exists to be exported, not to be run."""
    raise NotImplementedError("blockyard::recurrent is for export only")


@recurrent.register_fake
def _(x: Tensor, w: Tensor, r: Tensor, b: Tensor, mode: str) -> Tensor:
    return x.new_empty(x.shape[0], x.shape[1], r.shape[0] * r.shape[2])


def translate(x: Any, w: Any, r: Any, b: Any, mode: str) -> Any:
    """The ONNX operators of one layer."""
    direction = "bidirectional" if w.shape[0] == 2 else "forward"
    hidden = int(r.shape[2])
    steps = op.Transpose(x, perm=[1, 0, 2])
    if mode == "LSTM":
        y, _, _ = op.LSTM(steps, w, r, b, direction=direction, hidden_size=hidden)
    elif mode == "GRU":
        y, _ = op.GRU(steps, w, r, b, direction=direction, hidden_size=hidden, linear_before_reset=1)
    else:
        activations = [mode.removeprefix("RNN_").capitalize()] * int(w.shape[0])
        y, _ = op.RNN(steps, w, r, b, direction=direction, hidden_size=hidden, activations=activations)
    # L directions N H -> N L (directions H)
    shape: Any = op.Constant(value_ints=[0, 0, -1])
    return op.Reshape(op.Transpose(y, perm=[2, 0, 1, 3]), shape)


TRANSLATIONS: dict[Callable[..., Any], Callable[..., Any]] = {torch.ops.blockyard.recurrent.default: translate}


class _Layers:
    """The forward of an nn.RNNBase as calls of `recurrent`."""

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        for layer in range(self.num_layers):  # type: ignore[attr-defined]  # an nn.RNNBase has it
            w, r, b = (getattr(self, f"onnx_{part}{layer}") for part in "wrb")
            x = recurrent(x, w, r, b, self.mode)  # type: ignore[attr-defined]  # as above
        return x, None


def _order(tensor: Tensor, mode: str) -> Tensor:
    parts = tensor.chunk(len(_GATES[mode]), 0)
    return torch.cat([parts[gate] for gate in _GATES[mode]])


def replace(module: nn.Module) -> None:
    """Make every recurrent block inside run as ONNX operators, in place; torch has its own way with its classes."""
    for _, part in _blocks(module):
        _replace(part)


def restored(module: nn.Module, held: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of recurrent blocks by the names they have in the module, of tensors as an export has them."""
    found = {}
    for path, part in _blocks(module):
        gates = len(_GATES[part.mode])
        back = [_GATES[part.mode].index(gate) for gate in range(gates)]
        for layer in range(part.num_layers):
            stacks = {name: held.get(f"{path}.onnx_{name}{layer}") for name in "wrb"}
            for at, suffix in enumerate(["", "_reverse"][: 1 + part.bidirectional]):
                for kind, name in (("weight_ih", "w"), ("weight_hh", "r"), ("bias_ih", "b"), ("bias_hh", "b")):
                    stack, own = stacks[name], f"{kind}_l{layer}{suffix}"
                    if stack is None or at >= len(stack) or not hasattr(part, own):
                        continue
                    both = stack[at].chunk(2)[kind == "bias_hh"] if name == "b" else stack[at]
                    parts = both.chunk(gates)
                    if len(parts) == gates:
                        found[f"{path}.{own}"] = torch.cat([parts[gate] for gate in back])
    return found


def _blocks(module: nn.Module) -> Iterator[tuple[str, nn.RNNBase]]:
    for path, part in module.named_modules():
        own = isinstance(part, nn.RNNBase) and type(part) not in (nn.RNN, nn.GRU, nn.LSTM)
        if own and part.batch_first and not part.proj_size:
            yield path, part


def _replace(part: nn.RNNBase) -> None:
    suffixes = ["", "_reverse"] if part.bidirectional else [""]
    for layer in range(part.num_layers):
        stacks: dict[str, list[Tensor]] = {"w": [], "r": [], "b": []}
        for suffix in suffixes:
            w = getattr(part, f"weight_ih_l{layer}{suffix}").detach()
            r = getattr(part, f"weight_hh_l{layer}{suffix}").detach()
            stacks["w"].append(_order(w, part.mode))
            stacks["r"].append(_order(r, part.mode))
            if part.bias:
                both = (getattr(part, f"bias_{kind}_l{layer}{suffix}").detach() for kind in ("ih", "hh"))
            else:
                both = (w.new_zeros(w.shape[0]) for _ in range(2))
            stacks["b"].append(torch.cat([_order(bias, part.mode) for bias in both]))
        for name, tensors in stacks.items():
            part.register_buffer(f"onnx_{name}{layer}", torch.stack(tensors).contiguous())
    # Between the block and its torch class, so that the block's own `super().forward(x)` comes here.
    kind = type(part)
    base = next(cls for cls in kind.__mro__ if cls in (nn.RNN, nn.GRU, nn.LSTM))
    layers = type(f"Exported{base.__name__}", (_Layers, base), {})
    part.__class__ = type(kind.__name__, (kind, layers), {})
