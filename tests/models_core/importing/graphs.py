"""Small ONNX files made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


def file(
    nodes: list[onnx.NodeProto],
    shape: list[int | str],
    held: dict[str, Any] | None = None,
    *,
    type: int = FLOAT,
    outputs: tuple[str, ...] = ("y",),
    opset: int = 17,
    domain: str = "",
) -> bytes:
    """The bytes of a file with one input `x`; `held` has its constants."""
    constants = [numpy_helper.from_array(np.asarray(value), name) for name, value in (held or {}).items()]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", type, shape)],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        constants,
    )
    opsets = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    if not domain:
        model = onnx.shape_inference.infer_shapes(model)
    return model.SerializeToString()


def node(type: str, inputs: str, outputs: str = "y", **attributes: Any) -> onnx.NodeProto:
    """A node; names are given as words, and `-` for an input that is left out."""
    given = ["" if name == "-" else name for name in inputs.split()]
    return helper.make_node(type, given, outputs.split(), name=f"{type} of {outputs}", **attributes)


def values(*shape: int) -> np.ndarray:
    """Numbers that all differ."""
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)
