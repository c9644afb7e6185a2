"""Following a tensor through operators that only move its elements, by what happens to their numbers."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ._net import Net, Op, Unknown

MOVES = frozenset({"Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Split", "Slice", "Gather"})
LARGEST = 1 << 24


@dataclass(frozen=True)
class Trace:
    """Where the elements of a tensor come from: the number of each among those of `root`, and a common factor."""

    root: str
    index: np.ndarray
    scale: float = 1.0


def numbered(net: Net, tensor: str) -> np.ndarray:
    """The numbers of a tensor's elements, in its shape."""
    shape = net.shape(tensor)
    if shape is None or math.prod(shape) > LARGEST:
        raise Unknown("the size of what it is given is not known")
    return np.arange(math.prod(shape), dtype=np.int64).reshape(shape)


def back(net: Net, tensor: str) -> Iterator[Trace]:
    """The tensor itself, and what it was made of by moving elements, step by step backwards."""
    steps: list[tuple[Op, str]] = []
    while True:
        try:
            index = numbered(net, tensor)
            scale = 1.0
            for op, output in reversed(steps):
                factor = _factor(net, op)
                scale *= factor or 1.0
                index = index if factor is not None else move(net, op, output, index)
        except Unknown:
            return
        yield Trace(tensor, index, scale)
        producer = net.producer.get(tensor)
        if producer is None:
            return
        if producer.type in MOVES and not producer.domain:
            steps.append((producer, tensor))
            tensor = producer.inputs[0]
        elif _factor(net, producer) is not None:
            steps.append((producer, tensor))
            tensor = next(name for name in producer.inputs if not net.is_constant(name))
        else:
            return


def origin(net: Net, tensor: str) -> Trace | None:
    """The furthest that `back` leads."""
    return next(iter(deque(back(net, tensor), maxlen=1)), None)


def onward(net: Net, tensor: str, index: np.ndarray) -> Iterator[tuple[str, np.ndarray, Op | None]]:
    """The tensors that are made of this one alone by moving its elements, with their numbers and who comes next."""
    while True:
        user = net.only_user(tensor)
        yield tensor, index, user
        if user is None or user.domain or user.type not in MOVES or user.inputs[0] != tensor:
            return
        outputs = [name for name in user.outputs if name]
        if len(outputs) != 1:
            return
        try:
            index = move(net, user, outputs[0], index)
        except Unknown:
            return
        tensor = outputs[0]


def _factor(net: Net, op: Op) -> float | None:
    """The number an operator multiplies everything with, or None if that is not what it does."""
    if op.domain or op.type not in ("Mul", "Div") or len(op.inputs) != 2:
        return None
    if op.type == "Mul" and net.is_constant(op.inputs[0]):
        return net.scalar(op.inputs[0])
    value = net.scalar(op.inputs[1])
    if op.type == "Div" and value:
        return 1 / value
    return value if op.type == "Mul" else None


def move(net: Net, op: Op, output: str, index: np.ndarray) -> np.ndarray:
    """The numbers in an operator's output, given those in its first input; raises Unknown where that is not known."""
    if op.type == "Transpose":
        return index.transpose(op.get("perm") or list(range(index.ndim))[::-1])
    if op.type == "Slice":
        return index[slices(net, op, index.shape)]
    if op.type == "Gather":
        if not net.is_constant(op.inputs[1]):
            raise Unknown("its indices are computed by the network")
        return np.take(index, net.array(op.inputs[1]).astype(np.int64), axis=op.get("axis", 0))
    if op.type == "Split":
        axis = op.get("axis", 0) % index.ndim
        sizes = [(net.shape(name) or ())[axis : axis + 1] for name in op.outputs]
        if not all(sizes):
            raise Unknown("the sizes of its parts are not known")
        bounds = np.cumsum([0, *(size[0] for size in sizes)])
        at = op.outputs.index(output)
        return np.take(index, np.arange(bounds[at], bounds[at + 1]), axis=axis)
    shape = net.shape(output)
    if shape is None or math.prod(shape) != index.size:
        raise Unknown("the size of what it gives is not known")
    return index.reshape(shape)


def slices(net: Net, op: Op, shape: tuple[int, ...]) -> tuple[slice, ...]:
    """What a Slice takes of each dim."""
    starts, ends = net.numbers(op, "starts", 1), net.numbers(op, "ends", 2)
    if starts is None or ends is None:
        raise Unknown("where it cuts is not known")
    axes = net.numbers(op, "axes", 3) or list(range(len(starts)))
    steps = net.numbers(op, "steps", 4) or [1] * len(starts)
    cut = [slice(None)] * len(shape)
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if step < 1:
            raise Unknown("it runs backwards")
        size = shape[axis]
        low, high = (min(max(at + size if at < 0 else at, 0), size) for at in (start, end))
        cut[axis] = slice(low, high, step)
    return tuple(cut)
