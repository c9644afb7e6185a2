"""Sums, products and joins of results, and of results with constants."""

from __future__ import annotations

import math

import numpy as np

from models_core.importing._drawing import Drawing
from models_core.importing._net import Op, Unknown, Weight
from models_core.importing.ops import converts

JOINS = {"Add": "add", "Sum": "add", "Mul": "multiply"}


@converts(*JOINS)
def join(op: Op, draw: Drawing) -> None:
    constants = [name for name in op.inputs if draw.net.is_constant(name)]
    results = [name for name in op.inputs if name not in constants]
    if len(constants) == 1 and len(results) == 1 and _learned(op, draw, results[0], constants[0]):
        return
    _join(op, draw, JOINS[op.type], results, constants)


def _learned(op: Op, draw: Drawing, source: str, constant: str) -> bool:
    """A learned vector for each position, or a learned factor for each feature, where that is what it is."""
    net = draw.net
    sample, values = net.sample(source), net.array(constant)
    if values.dtype.kind != "f" or net.scalar(constant) is not None:
        return False
    shape = (1,) * (len(sample) + 1 - values.ndim) + values.shape
    same = shape[0] == 1 or (shape[0] == net.batch and bool((values == values[:1]).all()))
    if op.type != "Mul" and len(sample) == 2 and shape[1:] == sample and same:
        weight = net.weight(constant).map(lambda array: array.reshape(shape)[:1], (1, *sample))
        draw.block(op, "learned_positions", [source], weights={"weight": weight})
        return True
    if op.type == "Mul" and shape[-1] == sample[-1] and math.prod(shape) == sample[-1] and sample[-1] > 1:
        gamma = net.weight(constant).map(lambda array: array.reshape(-1), (sample[-1],))
        draw.block(op, "layer_scale", [source], weights={"gamma": gamma})
        return True
    return False


def _join(op: Op, draw: Drawing, block: str, results: list[str], constants: list[str]) -> None:
    if not results:
        raise Unknown("it is given constants only")
    ranks = {draw.net.rank(name) for name in results}
    if len(ranks) > 1:
        raise Unknown("it is given results of different numbers of dims")
    sources = [*results, *(draw.constant(op, name, results[0]) for name in constants)]
    draw.block(op, block, sources, ports=["xs"] * len(sources))


@converts("Sub")
def subtract(op: Op, draw: Drawing) -> None:
    first, second = op.inputs
    net = draw.net
    if net.is_constant(second):
        sources = [first, draw.constant(op, second, first, -1.0)]
    else:
        away = _times(op, draw, second, -1.0)
        if not net.is_constant(first) and net.rank(first) != net.rank(second):
            raise Unknown("it is given results of different numbers of dims")
        sources = [draw.constant(op, first, second) if net.is_constant(first) else first, away]
    draw.block(op, "add", sources, ports=["xs", "xs"])


def _times(op: Op, draw: Drawing, tensor: str, factor: float) -> str:
    ones = [1] * (draw.net.rank(tensor) - 1)
    number = draw.node(op, "constant", [tensor], {"shape": ones, "value": factor}, part="number")
    name = f"{op.outputs[0]}/{factor}"
    draw.values[f"{name}/number"] = (number, "out")
    product = draw.node(op, "multiply", [tensor, f"{name}/number"], part="multiply", ports=["xs", "xs"])
    draw.values[name] = (product, "out")
    return name


@converts("Neg")
def negate(op: Op, draw: Drawing) -> None:
    draw.values[op.outputs[0]] = draw.end(_times(op, draw, op.inputs[0], -1.0))


@converts("Div")
def divide(op: Op, draw: Drawing) -> None:
    first, second = op.inputs
    net = draw.net
    if not net.is_constant(second) or net.is_constant(first):
        raise Unknown("no block divides one result by another")
    if net.dtypes.get(first) in (6, 7):
        raise Unknown("it divides whole numbers")
    values = net.array(second).astype(np.float64)
    if not values.all():
        raise Unknown("it divides by zero")
    name = f"{op.outputs[0]}/inverse"
    net.constants[name] = np.asarray(1 / values, np.float32)
    draw.block(op, "multiply", [first, draw.constant(op, name, first)], ports=["xs", "xs"])


@converts("Concat")
def concat(op: Op, draw: Drawing) -> None:
    results = [name for name in op.inputs if not draw.net.is_constant(name)]
    if not results:
        raise Unknown("it is given constants only")
    axis = draw.net.axis(op.get("axis", 1), results[0])
    sources = [name if name in results else _piece(op, draw, name, results[0]) for name in op.inputs]
    draw.block(op, "concat", sources, {"dim": axis}, ports=["xs"] * len(sources))


def _piece(op: Op, draw: Drawing, name: str, beside: str) -> str:
    """A constant that is joined to results keeps its size, whatever it holds."""
    net = draw.net
    values = net.array(name)
    if values.ndim != net.rank(beside) or values.dtype.kind != "f" or not (values == values[:1]).all():
        raise Unknown("it joins a constant that differs from sample to sample")
    number, shape = net.scalar(name), list(values.shape[1:])
    params = {"shape": shape, "value": number} if number is not None else {"shape": shape, "learned": True}
    weight = None if number is not None else Weight((1, *shape), lambda: values[:1].astype(np.float32))
    id = draw.node(op, "constant", [beside], params, {"value": weight}, part="values")
    draw.values[f"{name}/piece/{id}"] = (id, "out")
    return f"{name}/piece/{id}"


@converts("ClassToken")
def class_token(op: Op, draw: Drawing) -> None:
    draw.block(op, "class_token", params={"where": op.get("where")}, weights={"weight": op.get("weight")})
