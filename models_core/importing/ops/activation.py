"""Activations, and what changes nothing in use."""

from __future__ import annotations

import math

from models_core.importing._drawing import Drawing
from models_core.importing._net import Op, Unknown
from models_core.importing.ops import converts

PLAIN = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "HardSwish": "hardswish",
    "Mish": "mish",
    "Silu": "silu",
}


@converts(*PLAIN)
def plain(op: Op, draw: Drawing) -> None:
    draw.block(op, PLAIN[op.type])


@converts("Swish")
def swish(op: Op, draw: Drawing) -> None:
    if op.get("alpha", 1.0) != 1:
        raise Unknown(f"its alpha is {op.get('alpha'):g}, that of silu is 1")
    draw.block(op, "silu")


@converts("LeakyRelu")
def leaky_relu(op: Op, draw: Drawing) -> None:
    draw.block(op, "leaky_relu", params={"negative_slope": _round(op.get("alpha", 0.01))})


@converts("Elu")
def elu(op: Op, draw: Drawing) -> None:
    draw.block(op, "elu", params={"alpha": _round(op.get("alpha", 1.0))})


@converts("Gelu")
def gelu(op: Op, draw: Drawing) -> None:
    draw.block(op, "gelu", params={"approximate": op.get("approximate", "none")})


@converts("Clip")
def clip(op: Op, draw: Drawing) -> None:
    low, high = (_bound(op, draw, name, place) for place, name in enumerate(("min", "max"), 1))
    if low == 0 and high == 6:
        draw.block(op, "relu6")
    elif low == 0 and math.isinf(high):
        draw.block(op, "relu")
    else:
        raise Unknown(f"no block cuts off below {low:g} and above {high:g}; relu6 does below 0 and above 6")


def _bound(op: Op, draw: Drawing, name: str, place: int) -> float:
    if op.arg(place):
        value = draw.net.scalar(op.arg(place))
        if value is None:
            raise Unknown(f"its {name} is computed by the network")
    else:
        value = float(op.get(name, -math.inf if name == "min" else math.inf))
    return value if abs(value) < 1e37 else math.copysign(math.inf, value)


@converts("HardSigmoid")
def hard_sigmoid(op: Op, draw: Drawing) -> None:
    """relu6(x + 3) / 6, which is the same for the slope that nets use."""
    if not math.isclose(op.get("alpha", 0.2), 1 / 6, rel_tol=1e-3) or op.get("beta", 0.5) != 0.5:
        raise Unknown("its slope is another than 1/6")
    ones = [1] * (draw.net.rank(op.inputs[0]) - 1)
    for name, value in (("shift", 3.0), ("scale", 1 / 6)):
        id = draw.node(op, "constant", op.inputs[:1], {"shape": ones, "value": value}, part=name)
        draw.values[f"{op.outputs[0]}/{name}"] = (id, "out")
    steps = (("add", f"{op.outputs[0]}/shift"), ("relu6", ""), ("multiply", f"{op.outputs[0]}/scale"))
    tensor = op.inputs[0]
    for block, other in steps:
        id = draw.node(
            op, block, [tensor, other] if other else [tensor], part=block, ports=["xs", "xs"] if other else None
        )
        tensor = f"{op.outputs[0]}/{block}"
        draw.values[tensor] = (id, "out")
    draw.give(op, id)


@converts("Softmax")
def softmax(op: Op, draw: Drawing) -> None:
    rank = draw.net.rank(op.inputs[0])
    before = draw.net.opset < 13
    axis = draw.net.axis(op.get("axis", 1 if before else -1), op.inputs[0])
    if before and axis != rank - 1:
        raise Unknown("it runs over several dims at once")
    draw.block(op, "softmax", params={"dim": -1 if axis == rank - 1 else axis})


@converts("Dropout")
def dropout(op: Op, draw: Drawing) -> None:
    given = op.get("ratio", 0.5)
    ratio = draw.net.scalar(op.arg(1)) if op.arg(1) else given
    if any(name and draw.net.users.get(name) for name in op.outputs[1:]):
        raise Unknown("what it dropped is used as well")
    draw.block(op, "dropout", params={"p": _round(given if ratio is None else ratio)})


@converts("Identity", "Cast", "CastLike")
def unchanged(op: Op, draw: Drawing) -> None:
    source = op.inputs[0]
    if op.type != "Identity":
        wanted, given = draw.net.dtypes.get(op.outputs[0]), draw.net.dtypes.get(source)
        fed = draw.values.get(source, ("", ""))[0]
        # An image of bytes is one of real numbers here, so what turns it into some changes nothing.
        if fed != "input" and (wanted in REAL) != (given in REAL):
            raise Unknown("it turns one kind of number into another")
    draw.alias(op, source)


REAL = (1, 10, 11, 16)
"""ONNX's numbers for float32, float16, float64 and bfloat16."""


def _round(value: float) -> float:
    """A number that was stored with 32 bits as people write it."""
    return float(f"{value:.6g}")
