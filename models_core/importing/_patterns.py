"""What exporters wrote out as several operators, put together again: activations, norms, linear layers, pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from ._match import Found, Held, Pattern, match
from ._net import BROKEN, OWN, Net, Op, Weight

Rule = Callable[[Net, Found], Op | None]

RULES: list[tuple[Pattern, Rule]] = []
"""Tried in this order at every tensor; what a later one is made of, an earlier one may have made."""


def _rule(*patterns: Pattern) -> Callable[[Rule], Rule]:
    def add(rule: Rule) -> Rule:
        RULES.extend((pattern, rule) for pattern in patterns)
        return rule

    return add


def recognise(net: Net) -> None:
    """Replace what is recognised by one operator of our own domain, as often as anything is."""
    changed = True
    while changed:
        changed = False
        for op in list(net.ops):
            for output in [name for name in op.outputs if name]:
                changed |= _one(net, output)
        net.prune()


def _one(net: Net, output: str) -> bool:
    for pattern, rule in RULES:
        if net.producer[output].type != pattern[0]:
            continue
        found = match(net, output, pattern)
        if found is None:
            continue
        try:
            made = rule(net, found)
        except BROKEN:
            continue
        if made is not None:
            made.domain, made.outputs = OWN, [output]
            made.name = made.name or found.ops[0].name
            made.scope = made.scope or next((op.scope for op in reversed(found.ops) if op.scope), "")
            net.replace(output, made)
            return True
    return False


# -- linear -------------------------------------------------------------------------------------------------------


@_rule(("MatMul", "x", Held("w")))
def _matmul(net: Net, found: Found) -> Op | None:
    weight = net.weight(found["w"])
    if len(weight.shape) != 2:
        return None
    turned = weight.map(np.transpose, weight.shape[::-1])
    return Op("Linear", [found["x"]], [], {"weight": turned, "bias": None})


@_rule(("Gemm", "x", Held("w")))
def _gemm(net: Net, found: Found) -> Op | None:
    op = found.op("Gemm")
    if op.get("transA", 0) or len(net.dims(found["w"])) != 2:
        return None
    weight, alpha, beta = net.weight(found["w"]), float(op.get("alpha", 1)), float(op.get("beta", 1))
    if not op.get("transB", 0):
        weight = weight.map(np.transpose, weight.shape[::-1])
    if alpha != 1:
        weight = weight.map(lambda values: values * alpha, weight.shape)
    bias = None
    if op.arg(2):
        bias = _vector(net, op.arg(2), weight.shape[0])
        if bias is None:
            return None
        if beta != 1:
            bias = bias.map(lambda values: values * beta, bias.shape)
    return Op("Linear", [found["x"]], [], {"weight": weight, "bias": bias})


@_rule(("Add", ("Linear", "x"), Held("b")))
def _bias(net: Net, found: Found) -> Op | None:
    linear = found.op("Linear")
    weight = linear.get("weight")
    bias = _vector(net, found["b"], weight.shape[0])
    if bias is None or linear.get("bias") is not None or net.only_user(linear.outputs[0]) is None:
        return None
    return Op("Linear", [found["x"]], [], {"weight": weight, "bias": bias}, scope=linear.scope)


def _vector(net: Net, name: str, size: int) -> Weight | None:
    """A constant as a vector of that many numbers, if it is one."""
    if not net.is_constant(name):
        return None
    weight = net.weight(name)
    count = math.prod(weight.shape)
    if count == 1 and size != 1:
        return weight.map(lambda values: np.full(size, values.reshape(-1)[0]), (size,))
    if count != size or (weight.shape and weight.shape[-1] != size):
        return None
    return weight.map(lambda values: values.reshape(-1), (size,))


# -- activations --------------------------------------------------------------------------------------------------


@_rule(("Mul", "x", ("Sigmoid", "x")))
def _silu(net: Net, found: Found) -> Op:
    return Op("Silu", [found["x"]], [])


@_rule(("Mul", "x", ("Tanh", ("Softplus", "x"))))
def _mish(net: Net, found: Found) -> Op:
    return Op("Mish", [found["x"]], [])


@_rule(("Mul", "x", ("HardSigmoid", "x")))
def _hardswish(net: Net, found: Found) -> Op | None:
    gate = found.op("HardSigmoid")
    if not math.isclose(gate.get("alpha", 0.2), 1 / 6, rel_tol=1e-3) or gate.get("beta", 0.5) != 0.5:
        return None
    return Op("HardSwish", [found["x"]], [])


_RELU6 = ("Clip", ("Add", "x", 3.0), 0.0, 6.0)


@_rule(("Div", ("Mul", "x", _RELU6), 6.0), ("Mul", "x", ("Div", _RELU6, 6.0)), ("Mul", ("Mul", "x", _RELU6), 1 / 6))
def _hardswish_by_hand(net: Net, found: Found) -> Op:
    return Op("HardSwish", [found["x"]], [])


_ERF = ("Add", ("Erf", ("Div", "x", math.sqrt(2))), 1.0)
_ERF_TIMES = ("Add", ("Erf", ("Mul", "x", math.sqrt(0.5))), 1.0)


@_rule(
    *(
        pattern
        for erf in (_ERF, _ERF_TIMES)
        for pattern in (
            ("Mul", ("Mul", "x", erf), 0.5),
            ("Mul", "x", ("Mul", erf, 0.5)),
            ("Mul", ("Mul", "x", 0.5), erf),
            ("Div", ("Mul", "x", erf), 2.0),
        )
    )
)
def _gelu(net: Net, found: Found) -> Op:
    return Op("Gelu", [found["x"]], [], {"approximate": "none"})


_CUBES = (
    ("Mul", ("Pow", "x", 3.0), 0.044715),
    ("Mul", ("Mul", "x", ("Mul", "x", "x")), 0.044715),
    ("Mul", "x", ("Mul", "x", ("Mul", "x", 0.044715))),
)
_TANHS = [("Add", ("Tanh", ("Mul", ("Add", "x", cube), math.sqrt(2 / math.pi))), 1.0) for cube in _CUBES]


@_rule(
    *(
        pattern
        for tanh in _TANHS
        for pattern in (
            ("Mul", ("Mul", "x", 0.5), tanh),
            ("Mul", "x", ("Mul", tanh, 0.5)),
            ("Mul", ("Mul", "x", tanh), 0.5),
        )
    )
)
def _gelu_by_tanh(net: Net, found: Found) -> Op:
    return Op("Gelu", [found["x"]], [], {"approximate": "tanh"})


# -- normalisation ------------------------------------------------------------------------------------------------

_CENTRED = ("Sub", "x", ("ReduceMean", "x"))
_VARIANCES = (("ReduceMean", ("Pow", _CENTRED, 2.0)), ("ReduceMean", ("Mul", _CENTRED, _CENTRED)))


@_rule(*(("Div", _CENTRED, ("Sqrt", ("Add", variance, Held("eps")))) for variance in _VARIANCES))
def _standardise(net: Net, found: Found) -> Op | None:
    epsilon = net.scalar(found["eps"])
    if epsilon is None or not all(_over_last(net, mean) for mean in found.all("ReduceMean")):
        return None
    return Op("LayerNorm", [found["x"]], [], {"epsilon": epsilon, "weight": None, "bias": None})


_MEAN_SQUARES = (("ReduceMean", ("Pow", "x", 2.0)), ("ReduceMean", ("Mul", "x", "x")))
_ROOTS = [("Sqrt", ("Add", square, Held("eps"))) for square in _MEAN_SQUARES]


@_rule(
    *(("Div", "x", root) for root in _ROOTS),
    *(("Mul", "x", ("Reciprocal", root)) for root in _ROOTS),
    *(("Mul", "x", ("Div", 1.0, root)) for root in _ROOTS),
)
def _root_mean_square(net: Net, found: Found) -> Op | None:
    epsilon = net.scalar(found["eps"])
    if epsilon is None or not _over_last(net, found.op("ReduceMean")):
        return None
    return Op("RmsNorm", [found["x"]], [], {"epsilon": epsilon, "weight": None})


def _over_last(net: Net, op: Op) -> bool:
    rank = len(net.shape(op.inputs[0]) or ())
    axes = net.numbers(op, "axes", 1)
    return bool(op.get("keepdims", 1)) and axes is not None and [axis % max(rank, 1) for axis in axes] == [rank - 1]


@_rule(("LayerNormalization", "x", Held("w")))
def _layer_norm(net: Net, found: Found) -> Op | None:
    op = found.op("LayerNormalization")
    weight = net.weight(found["w"])
    rank = len(net.shape(found["x"]) or ())
    if op.get("axis", -1) % max(rank, 1) != rank - 1 or len(weight.shape) != 1 or any(op.outputs[1:]):
        return None
    bias = net.weight(op.arg(2)) if op.arg(2) else None
    attributes = {"epsilon": op.get("epsilon", 1e-5), "weight": weight, "bias": bias}
    return Op("LayerNorm", [found["x"]], [], attributes)


@_rule(("RMSNormalization", "x", Held("w")), ("SimplifiedLayerNormalization", "x", Held("w")))
def _rms_norm(net: Net, found: Found) -> Op | None:
    op = found.ops[0]
    rank = len(net.shape(found["x"]) or ())
    if op.get("axis", -1) % max(rank, 1) != rank - 1:
        return None
    return Op("RmsNorm", [found["x"]], [], {"epsilon": op.get("epsilon", 1e-5), "weight": net.weight(found["w"])})


@_rule(("Mul", ("LayerNorm", "x"), Held("w")), ("Mul", ("RmsNorm", "x"), Held("w")))
def _norm_weight(net: Net, found: Found) -> Op | None:
    return _completed(net, found, "weight", "w")


@_rule(("Add", ("LayerNorm", "x"), Held("b")))
def _norm_bias(net: Net, found: Found) -> Op | None:
    return _completed(net, found, "bias", "b")


def _completed(net: Net, found: Found, part: str, name: str) -> Op | None:
    norm = found.ops[1]
    shape = net.shape(found["x"])
    taken = norm.get(part) is not None or (part == "weight" and norm.get("bias") is not None)
    if taken or not shape or net.only_user(norm.outputs[0]) is None:
        return None
    vector = _vector(net, found[name], shape[-1])
    return None if vector is None else Op(norm.type, [found["x"]], [], {**norm.attributes, part: vector})


@_rule(
    (
        "Add",
        ("Mul", ("Reshape", ("InstanceNormalization", ("Reshape", "x"), 1.0, 0.0)), Held("w")),
        Held("b"),
    )
)
def _group_norm(net: Net, found: Found) -> Op | None:
    """Group norm as exporters without an operator for it write it: groups as channels of an instance norm."""
    norm = found.op("InstanceNormalization")
    shape, grouped = net.shape(found["x"]), net.shape(norm.inputs[0])
    if not shape or not grouped or net.shape(found.all("Reshape")[0].outputs[0]) != shape or len(grouped) != 3:
        return None
    channels = shape[1]
    parts = [net.weight(found[name]) for name in "wb"]
    if any(math.prod(part.shape) != channels for part in parts) or grouped[0] != shape[0]:
        return None
    weight, bias = (part.map(lambda values: values.reshape(-1), (channels,)) for part in parts)
    attributes = {"epsilon": norm.get("epsilon", 1e-5), "groups": grouped[1], "weight": weight, "bias": bias}
    return Op("GroupNorm", [found["x"]], [], attributes)


# -- pooling, padding ---------------------------------------------------------------------------------------------


@_rule(*((kind, ("Reshape", "x")) for kind in ("ReduceMean", "ReduceMax")))
def _flat_pool(net: Net, found: Found) -> Op | None:
    """All positions as one dim, then their mean or largest: global pooling."""
    reduce, reshape = found.ops[0], found.op("Reshape")
    shape, flat = net.shape(found["x"]), net.shape(reshape.outputs[0])
    if not shape or not flat or len(shape) < 4 or len(flat) != 3 or flat[:2] != shape[:2] or reduce.get("keepdims", 1):
        return None
    if [axis % 3 for axis in net.numbers(reduce, "axes", 1) or []] != [2]:
        return None
    return Op("GlobalPool", [found["x"]], [], {"kind": _kind(reduce)})


@_rule(*((kind, "x") for kind in ("ReduceMean", "ReduceMax")))
def _space_pool(net: Net, found: Found) -> Op | None:
    reduce = found.ops[0]
    shape = net.shape(found["x"])
    if not shape or len(shape) < 4 or reduce.get("keepdims", 1):
        return None
    axes = sorted(axis % len(shape) for axis in net.numbers(reduce, "axes", 1) or [])
    if axes != list(range(2, len(shape))):
        return None
    return Op("GlobalPool", [found["x"]], [], {"kind": _kind(reduce)})


def _pooled() -> Iterator[Pattern]:
    for after in ("Flatten", "Reshape", "Squeeze"):
        for pool in ("GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax"):
            yield after, (pool, "x")
        yield after, ("Squeeze", ("GlobalAveragePool", "x"))


@_rule(*_pooled())
def _global_pool(net: Net, found: Found) -> Op | None:
    """Global pooling whose dims of size 1 are taken away at once."""
    pool = found.ops[-1]
    shape, out = net.shape(found["x"]), net.shape(found.ops[0].outputs[0])
    if not shape or out != shape[:2] or len(shape) < 3 or net.only_user(pool.outputs[0]) is None:
        return None
    if pool.type.startswith("Reduce"):
        axes = sorted(axis % len(shape) for axis in net.numbers(pool, "axes", 1) or [])
        if axes != list(range(2, len(shape))) or not pool.get("keepdims", 1):
            return None
    return Op("GlobalPool", [found["x"]], [], {"kind": _kind(pool)})


def _kind(op: Op) -> str:
    return "max" if "Max" in op.type else "avg"


@_rule(("Conv", ("Pad", "x"), Held("w")))
def _padded_conv(net: Net, found: Found) -> Op | None:
    """Zeros put around a picture before a convolution are its padding."""
    conv, pad = found.op("Conv"), found.op("Pad")
    pads = net.numbers(pad, "pads", 1)
    rank = len(net.shape(found["x"]) or ())
    if pads is None or len(pads) != 2 * rank or rank < 3 or pad.arg(3) or not _zeros(net, pad):
        return None
    before, after = pads[:rank], pads[rank:]
    if any(before[:2]) or any(after[:2]) or conv.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        return None
    own = conv.get("pads") or [0] * (2 * rank - 4)
    total = [one + other for one, other in zip(own, [*before[2:], *after[2:]], strict=True)]
    if min(total) < 0:
        return None
    attributes = {**conv.attributes, "pads": total, "auto_pad": "NOTSET"}
    return Op("Conv", [found["x"], *conv.inputs[1:]], [], attributes, scope=conv.scope)


def _zeros(net: Net, pad: Op) -> bool:
    value = net.scalar(pad.arg(2)) if pad.arg(2) else pad.get("value", 0.0)
    return pad.get("mode", "constant") == "constant" and not value


# -- one token for every sample -----------------------------------------------------------------------------------


@_rule(("Concat", Held("token"), "x"), ("Concat", "x", Held("token")))
def _class_token(net: Net, found: Found) -> Op | None:
    concat = found.op("Concat")
    shape, token = net.shape(found["x"]), net.dims(found["token"])
    if not shape or len(shape) != 3 or concat.get("axis", 1) % 3 != 1 or len(concat.inputs) != 2:
        return None
    if len(token) != 3 or token[1] != 1 or token[2] != shape[2] or net.is_constant(found["x"]):
        return None
    values = net.array(found["token"])
    if not (values == values[:1]).all():
        return None
    where = "first" if concat.inputs[0] == found["token"] else "last"
    weight = net.weight(found["token"]).map(lambda array: array[:1], (1, 1, shape[2]))
    return Op("ClassToken", [found["x"]], [], {"weight": weight, "where": where})


# -- pooling that leaves padding out ------------------------------------------------------------------------------

_REAL = ("Not", ("Equal", "m", 0))
_LAST = ("ReduceMax", ("Mul", ("Cast", _REAL), Held("places")))
_KEPT = ("Unsqueeze", ("Or", _REAL, ("And", ("Unsqueeze", ("Equal", _LAST, 0)), Held("start"))))


@_rule(
    ("ReduceMax", ("Where", ("Not", _KEPT), Held("low"), "x")),
    ("Div", ("ReduceSum", ("Mul", "x", ("Cast", _KEPT))), ("Cast", ("ReduceSum", ("Cast", _KEPT)))),
)
def _masked_pool(net: Net, found: Found) -> Op | None:
    """Token pooling with a mask, as this package exports it: a sequence of padding alone keeps its first token."""
    shape, places = net.shape(found["x"]), net.array(found["places"]).reshape(-1)
    if not shape or len(shape) != 3 or net.shape(found["m"]) != shape[:2]:
        return None
    start = net.array(found["start"]).reshape(-1).astype(bool)
    if not np.array_equal(places, np.arange(shape[1])) or not np.array_equal(start, places == 0):
        return None
    if net.shape(found.ops[0].outputs[0]) != (shape[0], shape[2]):
        return None
    kind = "max" if found.ops[0].type == "ReduceMax" else "mean"
    if kind == "max" and (net.scalar(found["low"]) or 0) > -1e30:
        return None
    return Op("TokenPool", [found["x"], found["m"]], [], {"kind": kind})
