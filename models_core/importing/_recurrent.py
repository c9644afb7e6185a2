"""Recurrent layers put together again: ONNX has one operator a layer, with the sequence before the samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ._layout import back, numbered, onward
from ._net import BROKEN, OWN, Net, Op, Unknown, Weight

# ONNX's order of gates to torch's: LSTM i o f c -> i f g o; GRU z r h -> r z n.
GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
PLAIN = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}


@dataclass(frozen=True)
class Stack:
    """Layers of which each is fed by the one before, and the tokens N L D that the first is fed."""

    tokens: str
    layers: tuple[Op, ...]


def recognise(net: Net) -> None:
    """Replace recurrent operators, a stack of them at once, by one of our own domain wherever that is possible."""
    stacks: dict[str, Stack] = {}
    for op in list(net.ops):
        if op.type not in GATES or op.domain:
            continue
        try:
            _check(net, op)
            stack = _stack(net, op, stacks)
            layers = _made(net, stack) if stack else []
        except BROKEN:
            continue
        if stack and op.outputs[0]:
            stacks[op.outputs[0]] = stack
        for made in layers:
            net.replace(made.outputs[0], made)
    net.prune()


def _check(net: Net, op: Op) -> None:
    directions = 2 if op.get("direction", "forward") == "bidirectional" else 1
    if op.get("direction", "forward") == "reverse":
        raise Unknown("it reads backwards only")
    if op.type == "GRU" and not op.get("linear_before_reset", 0):
        raise Unknown("its reset gate works before the matrix, ours after it")
    if [name.title() for name in op.get("activations", PLAIN[op.type] * directions)] != PLAIN[op.type] * directions:
        raise Unknown("its activations are others than ours")
    if "clip" in op.attributes or op.get("layout", 0) or op.arg(7):
        raise Unknown("it clips, has peepholes or another layout")
    for name in (op.arg(5), op.arg(6)):
        if name and net.scalar(name) != 0:
            raise Unknown("a state is given to it")


def _stack(net: Net, op: Op, stacks: dict[str, Stack]) -> Stack | None:
    for trace in back(net, op.inputs[0]):
        shape = net.shape(trace.root) or ()
        index = trace.index
        if trace.scale != 1 or index.ndim != 3:
            continue
        below = stacks.get(trace.root)
        if below is not None and len(shape) == 4 and below.layers[-1].type == op.type:
            # L directions N H as L N (directions H)
            wanted = numbered(net, trace.root).transpose(0, 2, 1, 3).reshape(index.shape)
            return Stack(below.tokens, (*below.layers, op)) if np.array_equal(index, wanted) else None
        tokens = (index.shape[1], index.shape[0], index.shape[2])
        if shape == tokens and shape[0] == net.batch and np.array_equal(index, _turned(tokens)):
            return Stack(trace.root, (op,))
    return None


def _turned(shape: tuple[int, ...]) -> np.ndarray:
    return np.arange(math.prod(shape)).reshape(shape).transpose(1, 0, 2)


def _made(net: Net, stack: Stack) -> list[Op]:
    op = stack.layers[-1]
    made = []
    for place, kind in ((0, "sequence"), (1, "last")):
        name = op.outputs[place] if place < len(op.outputs) else ""
        if not name or (name not in net.outputs and not net.users.get(name)):
            continue
        number = numbered(net, name)
        # L directions N H, or directions N H, as N first and what one direction gives beside the other's.
        order = (2, 0, 1, 3) if place == 0 else (1, 0, 2)
        wanted = number.transpose(order)
        wanted = wanted.reshape(*wanted.shape[: 2 - place], -1)
        for tensor, index, _user in onward(net, name, number):
            if np.array_equal(index, wanted):
                attributes = {"kind": op.type.lower(), "output": kind, **_attributes(net, stack)}
                made.append(Op("Recurrent", [stack.tokens], [tensor], attributes, op.name, OWN, op.scope))
                break
    return made


def _attributes(net: Net, stack: Stack) -> dict[str, object]:
    first = net.dims(stack.layers[0].inputs[1])
    weights: dict[str, Weight] = {}
    for layer, op in enumerate(stack.layers):
        for direction in range(first[0]):
            weights |= _layer(net, op, layer, direction)
    return {"hidden": stack.layers[0].get("hidden_size"), "both": first[0] == 2, "weights": weights}


def _layer(net: Net, op: Op, layer: int, direction: int) -> dict[str, Weight]:
    """The weights of one direction of a layer under torch's names."""
    gates, hidden = GATES[op.type], int(op.get("hidden_size"))
    suffix = f"l{layer}{'_reverse' if direction else ''}"
    made = {}

    def ordered(values: np.ndarray) -> np.ndarray:
        parts = np.split(values, len(gates))
        return np.concatenate([parts[gate] for gate in gates])

    for name, place in (("ih", 1), ("hh", 2)):
        weight = net.weight(op.inputs[place])
        made[f"weight_{name}_{suffix}"] = weight.map(lambda values: ordered(values[direction]), weight.shape[1:])
    rows = len(gates) * hidden
    for name in ("ih", "hh"):
        made[f"bias_{name}_{suffix}"] = Weight((rows,), lambda: np.zeros(rows, np.float32))
    if op.arg(3):
        bias = net.weight(op.inputs[3])
        made[f"bias_ih_{suffix}"] = bias.map(lambda values: ordered(values[direction][:rows]), (rows,))
        made[f"bias_hh_{suffix}"] = bias.map(lambda values: ordered(values[direction][rows:]), (rows,))
    return made
