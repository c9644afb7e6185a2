"""Working out what does not depend on the input: sizes, indices, masks, transposed weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from ._net import Net, Op

SMALL = 1 << 16
"""Elements up to which a constant's values are looked at while sizes are worked out."""
LARGEST = 1 << 26
"""Elements that a folded constant may have at most."""

FOLDED = frozenset(
    """Abs Add And Cast CastLike Ceil Concat Constant ConstantOfShape Cos Div Equal Exp Expand Floor Gather
    Greater GreaterOrEqual Identity Less LessOrEqual Log Max Min Mod Mul Neg Not Or Pow Range Reciprocal ReduceMax
    ReduceProd ReduceSum Reshape Round ScatterND Shape Sin Size Slice Split Sqrt Squeeze Sub Tile Transpose Trilu
    Unsqueeze Where""".split()
)


def fold(net: Net) -> bool:
    """Turn every operator whose inputs are all known into a constant; whether there was one."""
    found = False
    kept = []
    for op in net.ops:
        values = _values(net, op) if op.type in FOLDED and not op.domain else None
        if values is None:
            kept.append(op)
            continue
        found = True
        net.constants.update((name, value) for name, value in zip(op.outputs, values, strict=False) if name)
    net.ops = kept
    net.index()
    return found


def _values(net: Net, op: Op) -> list[np.ndarray] | None:
    assert op.proto is not None
    if op.type in ("Shape", "Size"):
        shape = net.dims(op.inputs[0]) if net.is_constant(op.inputs[0]) else net.shape(op.inputs[0])
        if shape is None:
            return None
        if op.type == "Size":
            return [np.array(math.prod(shape), np.int64)]
        return [np.array(shape[op.get("start", 0) : op.get("end", len(shape))], np.int64)]
    if op.type == "Constant":
        return _constant(op)
    if not all(not name or net.is_constant(name) for name in op.inputs) or not op.inputs:
        return None
    fed = {name: net.array(name) for name in dict.fromkeys(op.inputs) if name}
    size = _elements(op, fed)
    if size is None or size > LARGEST or sum(array.size for array in fed.values()) > LARGEST:
        return None
    try:
        made = _run(op.proto, fed, net.opset)
    except Exception:  # numpy and the reference evaluator raise many kinds; then it stays as it is, and is listed
        return None
    return [np.asarray(value) for value in made]


def _constant(op: Op) -> list[np.ndarray] | None:
    for name, value in op.attributes.items():
        if name == "value":
            return [numpy_helper.to_array(value)]
        if name in ("value_float", "value_floats"):
            return [np.array(value, np.float32)]
        if name in ("value_int", "value_ints"):
            return [np.array(value, np.int64)]
    return None


def _elements(op: Op, fed: dict[str, np.ndarray]) -> int | None:
    """How many elements the result will have at most, known before anything is allocated; None for what is absurd."""
    arrays = [fed[name] for name in op.inputs if name]
    if op.type in ("ConstantOfShape", "Expand", "Tile"):
        sizes = [int(size) for size in arrays[-1].reshape(-1)]
        if any(size < 0 for size in sizes) or len(sizes) > 16:
            return None
        if op.type == "Expand":
            sizes = [max(pair) for pair in zip(*_padded([tuple(sizes), arrays[0].shape]), strict=True)]
        return math.prod(sizes) * (arrays[0].size if op.type == "Tile" else 1)
    if op.type == "Range":
        start, stop, step = (float(array.reshape(-1)[0]) for array in arrays)
        return None if step == 0 else max(0, math.ceil((stop - start) / step))
    if op.type == "Gather":
        return arrays[0].size * max(1, arrays[1].size)
    if op.type in ("Concat", "ScatterND"):
        return sum(array.size for array in arrays)
    return math.prod(max(sizes) for sizes in zip(*_padded([array.shape for array in arrays]), strict=True))


def _padded(shapes: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    rank = max(map(len, shapes))
    return [(1,) * (rank - len(shape)) + shape for shape in shapes]


def _run(node: onnx.NodeProto, fed: dict[str, np.ndarray], opset: int) -> list[Any]:
    from onnx.reference import ReferenceEvaluator

    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in fed.items()
    ]
    outputs = [helper.make_empty_tensor_value_info(name) for name in node.output if name]
    model = helper.make_model(
        helper.make_graph([node], "one", inputs, outputs), opset_imports=[helper.make_opsetid("", opset)]
    )
    names = [name for name in node.output if name]
    made = dict(zip(names, ReferenceEvaluator(model).run(None, fed), strict=True))
    return [made.get(name) for name in node.output]
