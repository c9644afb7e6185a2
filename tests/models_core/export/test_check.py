"""ONNX files that are not opened."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models_core.export import check
from models_core.export.check import UnsafeModel, read_model


def model() -> onnx.ModelProto:
    """A sound model of ours: x times a weight, and an If with two small graphs inside."""
    weight = numpy_helper.from_array(np.ones((2, 2), dtype=np.float32), "w")
    inner = [
        helper.make_graph(
            [helper.make_node("Constant", [], [f"c{index}"], value=numpy_helper.from_array(np.float32([index])))],
            f"branch{index}",
            [],
            [helper.make_tensor_value_info(f"c{index}", TensorProto.FLOAT, [1])],
        )
        for index in range(2)
    ]
    condition = numpy_helper.from_array(np.array(True), "condition")
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["m"]),
            helper.make_node("If", ["condition"], ["c"], then_branch=inner[0], else_branch=inner[1]),
            helper.make_node("Add", ["m", "c"], ["y"]),
        ],
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2])],
        [weight, condition],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    helper.set_model_props(made, {check.FORMAT_KEY: check.FORMAT, "blockyard.hash": '"abc"'})
    return made


def test_a_sound_model_is_read() -> None:
    found = read_model(model().SerializeToString())
    assert check.note(found, "blockyard.hash") == "abc"
    assert check.note(found, "blockyard.labels") is None


def external(made: onnx.ModelProto) -> None:
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def external_entry_only(made: onnx.ModelProto) -> None:
    made.graph.initializer[0].external_data.add(key="location", value="../weights")


def external_inside(made: onnx.ModelProto) -> None:
    tensor = made.graph.node[1].attribute[0].g.node[0].attribute[0].t
    tensor.data_location = TensorProto.EXTERNAL


def sparse(made: onnx.ModelProto) -> None:
    values = numpy_helper.from_array(np.float32([1]), "v")
    indices = numpy_helper.from_array(np.int64([0]), "i")
    made.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [4]))


def sparse_constant(made: onnx.ModelProto) -> None:
    values = numpy_helper.from_array(np.float32([1]), "v")
    indices = numpy_helper.from_array(np.int64([0]), "i")
    tensor = helper.make_sparse_tensor(values, indices, [4])
    made.graph.node.append(helper.make_node("Constant", [], ["s"], sparse_value=tensor))


def foreign_operator(made: onnx.ModelProto) -> None:
    made.graph.node[0].domain = "com.evil"


def own_function(made: onnx.ModelProto) -> None:
    node = helper.make_node("Identity", ["a"], ["b"])
    made.functions.append(helper.make_function("f", "g", ["a"], ["b"], [node], [helper.make_opsetid("", 20)]))


def false_size(made: onnx.ModelProto) -> None:
    made.graph.initializer[0].dims[0] = 2**40


def negative_size(made: onnx.ModelProto) -> None:
    made.graph.initializer[0].dims[0] = -2


def false_size_of_floats(made: onnx.ModelProto) -> None:
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.float_data.extend([1.0, 2.0])


def not_ours(made: onnx.ModelProto) -> None:
    del made.metadata_props[:]


FAULTS = [
    (external, "another file"),
    (external_entry_only, "another file"),
    (external_inside, "another file"),
    (sparse, "sparse"),
    (sparse_constant, "sparse"),
    (foreign_operator, "com.evil"),
    (own_function, "functions"),
    (false_size, "elements"),
    (negative_size, "negative"),
    (false_size_of_floats, "elements"),
    (not_ours, "not exported by Blockyard"),
]


@pytest.mark.parametrize(("change", "reason"), FAULTS, ids=[change.__name__ for change, _ in FAULTS])
def test_what_is_refused(change: Callable[[onnx.ModelProto], None], reason: str) -> None:
    made = model()
    change(made)
    with pytest.raises(UnsafeModel, match=reason):
        read_model(made.SerializeToString())


@pytest.mark.parametrize("data", [b"", b"not a model", b"\x80\x04.", b"\x08" * 100])
def test_what_is_no_onnx_file(data: bytes) -> None:
    with pytest.raises(UnsafeModel, match="no ONNX file"):
        read_model(data)


def test_a_file_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_LIMIT_ONNX_BYTES", "50")
    with pytest.raises(UnsafeModel, match="at most 50"):
        read_model(model().SerializeToString())


def test_a_foreign_model_can_be_looked_at_on_request() -> None:
    made = model()
    not_ours(made)
    assert read_model(made.SerializeToString(), foreign=True).graph.name == "network"


def test_a_note_that_is_no_json() -> None:
    made = model()
    helper.set_model_props(made, {check.FORMAT_KEY: check.FORMAT, "blockyard.hash": "{"})
    with pytest.raises(UnsafeModel, match="no JSON"):
        check.note(made, "blockyard.hash")
