"""Which ONNX files are opened: ours, complete in themselves, and no larger than the limit. Needs no PyTorch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import onnx

FORMAT_KEY = "blockyard.format"
FORMAT = "1"
MAX_BYTES = 2**31 - 1
MAX_NODES = 200_000
DOMAINS = ("", "ai.onnx")

_SIZES: dict[int, int] = {
    onnx.TensorProto.FLOAT: 4,
    onnx.TensorProto.DOUBLE: 8,
    onnx.TensorProto.FLOAT16: 2,
    onnx.TensorProto.BFLOAT16: 2,
    onnx.TensorProto.INT64: 8,
    onnx.TensorProto.INT32: 4,
    onnx.TensorProto.INT16: 2,
    onnx.TensorProto.INT8: 1,
    onnx.TensorProto.UINT8: 1,
    onnx.TensorProto.BOOL: 1,
}


class UnsafeModel(ValueError):
    """An ONNX file is refused; the message says why."""


def max_bytes() -> int:
    """The largest ONNX file that is opened: `BLOCKYARD_LIMIT_ONNX_BYTES`, else 2 GiB, which is protobuf's own bound."""
    return min(MAX_BYTES, int(os.environ.get("BLOCKYARD_LIMIT_ONNX_BYTES", MAX_BYTES)))


def read_model(data: bytes, *, foreign: bool = False) -> onnx.ModelProto:
    """The model in these bytes; raises UnsafeModel for what is damaged, too large, reaches for other files, or is not
    ours (unless `foreign`).
    """
    limit = max_bytes()
    if len(data) > limit:
        raise UnsafeModel(f"the ONNX file has {len(data):,} bytes; at most {limit:,} are opened")
    try:
        model = onnx.load_model_from_string(data)
    except Exception as error:  # protobuf raises its own classes, which differ between its implementations
        raise UnsafeModel("this is no ONNX file") from error
    check_model(model, foreign=foreign)
    return model


def check_model(model: onnx.ModelProto, *, foreign: bool = False) -> None:
    """Raise UnsafeModel for a model with external or sparse tensors or false tensor sizes, and unless it is `foreign`
    for one that was not exported here or has operators that exports never have.
    """
    if not model.graph.node and not model.graph.output:
        raise UnsafeModel("this is no ONNX file: it has no graph")
    if not foreign and metadata(model).get(FORMAT_KEY) != FORMAT:
        raise UnsafeModel("this ONNX file was not exported by Blockyard; only exported models are served")
    if model.functions:
        raise UnsafeModel("the ONNX file has functions of its own, which exports never have")
    count = 0
    for graph in _graphs(model.graph):
        if graph.sparse_initializer:
            raise UnsafeModel("the ONNX file has sparse tensors, which are not opened")
        for tensor in graph.initializer:
            _check_tensor(tensor)
        count += len(graph.node)
        if count > MAX_NODES:
            raise UnsafeModel(f"the ONNX file has more than {MAX_NODES:,} operators")
        for node in graph.node:
            if node.domain not in DOMAINS and not foreign:
                raise UnsafeModel(f"the ONNX file uses operators of {node.domain!r}, which exports never do")
            for attribute in node.attribute:
                if attribute.HasField("sparse_tensor") or attribute.sparse_tensors:
                    raise UnsafeModel("the ONNX file has sparse tensors, which are not opened")
                if attribute.HasField("t"):
                    _check_tensor(attribute.t)
                for tensor in attribute.tensors:
                    _check_tensor(tensor)


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    todo = [graph]
    while todo:
        graph = todo.pop()
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    todo.append(attribute.g)
                todo += attribute.graphs


def _check_tensor(tensor: onnx.TensorProto) -> None:
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise UnsafeModel(f"tensor {tensor.name[:60]!r} lies in another file, which is never read")
    size = 1
    for dim in tensor.dims:
        if dim < 0:
            raise UnsafeModel(f"tensor {tensor.name[:60]!r} has a negative size")
        size *= dim
    if tensor.HasField("raw_data"):
        width = _SIZES.get(tensor.data_type)
        if width is not None and size * width != len(tensor.raw_data):
            raise UnsafeModel(f"tensor {tensor.name[:60]!r} says it has {size:,} elements, its data do not")
    else:
        held = max(
            len(tensor.float_data),
            len(tensor.int32_data),
            len(tensor.int64_data),
            len(tensor.double_data),
            len(tensor.uint64_data),
            len(tensor.string_data),
        )
        if size > held:
            raise UnsafeModel(f"tensor {tensor.name[:60]!r} says it has {size:,} elements, but holds {held:,}")


def metadata(model: onnx.ModelProto) -> dict[str, str]:
    """The notes in a model, by key."""
    return {entry.key: entry.value for entry in model.metadata_props}


def note(model: onnx.ModelProto, key: str) -> Any:
    """A note written as JSON, or None."""
    text = metadata(model).get(key)
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        raise UnsafeModel(f"the note {key} in the ONNX file is no JSON") from None
