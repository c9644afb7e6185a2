"""Files that are broken or meant to do harm: refused in a sentence, or listed, never a crash."""

from __future__ import annotations

import itertools
import random

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from models_core.importing import CannotImport, import_onnx

from .compare import imported
from .graphs import file, node, values

GOOD = file(
    [node("Conv", "x w", "c"), node("Relu", "c", "r"), node("GlobalAveragePool", "r", "p"), node("Flatten", "p")],
    ["n", 3, 8, 8],
    {"w": values(4, 3, 3, 3)},
)


@pytest.mark.parametrize("data", [b"", b"{}", b"\x89PNG\r\n", GOOD[:40], b"\x00" * 100, b"\xff" * 1000])
def test_no_onnx_file(data: bytes) -> None:
    with pytest.raises(CannotImport, match="no ONNX file"):
        import_onnx(data)


def changed(change: object) -> bytes:
    model = onnx.load_model_from_string(GOOD)
    change(model)  # type: ignore[operator]
    return model.SerializeToString()


def test_weights_in_another_file_are_not_read() -> None:
    def outside(model: onnx.ModelProto) -> None:
        weight = model.graph.initializer[0]
        weight.ClearField("raw_data")
        weight.data_location = onnx.TensorProto.EXTERNAL
        entry = weight.external_data.add()
        entry.key, entry.value = "location", "/etc/passwd"

    with pytest.raises(CannotImport, match="lies in another file"):
        import_onnx(changed(outside))


def test_sparse_weights_are_refused() -> None:
    def sparse(model: onnx.ModelProto) -> None:
        model.graph.sparse_initializer.add()

    with pytest.raises(CannotImport, match="sparse"):
        import_onnx(changed(sparse))


def test_functions_are_refused() -> None:
    def functions(model: onnx.ModelProto) -> None:
        model.functions.add().name = "f"

    with pytest.raises(CannotImport, match="functions"):
        import_onnx(changed(functions))


def test_a_size_that_is_not_there_is_refused() -> None:
    def huge(model: onnx.ModelProto) -> None:
        model.graph.initializer[0].dims[0] = 2**40

    with pytest.raises(CannotImport, match="its data do not"):
        import_onnx(changed(huge))


def test_operators_in_a_circle_are_refused() -> None:
    with pytest.raises(CannotImport, match="before anything gives it"):
        import_onnx(file([node("Relu", "b", "a"), node("Relu", "a", "b"), node("Add", "x a")], ["n", 3]))


def test_a_result_with_two_makers_is_refused() -> None:
    with pytest.raises(CannotImport, match="two operators give"):
        import_onnx(file([node("Relu", "x", "y"), node("Tanh", "x", "y")], ["n", 3]))


def test_an_input_without_samples_is_refused() -> None:
    with pytest.raises(CannotImport, match="no dim of samples"):
        import_onnx(file([node("Relu", "x")], [3]))


def test_a_bomb_is_not_unpacked() -> None:
    """A constant of a terabyte that nine bytes ask for stays an operator, and is listed."""
    nodes = [node("ConstantOfShape", "size", "big"), node("Add", "x big")]
    found = imported(file(nodes, ["n", 6], {"size": np.array([2**20, 2**20], np.int64)}))
    assert [problem.op for problem in found.problems] == ["ConstantOfShape", "Add"]
    nodes = [node("Range", "a b c", "r"), node("ReduceMax", "r", "m", keepdims=0), node("Add", "x m")]
    held = {"a": np.int64(0), "b": np.int64(2**60), "c": np.int64(1)}
    assert imported(file(nodes, ["n", 6], held, type=onnx.TensorProto.INT64)).problems


def test_too_many_operators_are_refused() -> None:
    names = ["x", *(f"a{at}" for at in range(21_000)), "y"]
    nodes = [helper.make_node("Relu", [one], [other]) for one, other in itertools.pairwise(names)]
    with pytest.raises(CannotImport, match="at most 20,000"):
        import_onnx(file(nodes, ["n", 3]))


def test_a_branch_keeps_what_it_takes_from_outside() -> None:
    branches = {
        f"{name}_branch": helper.make_graph(
            [helper.make_node("Relu", ["r"], ["o"])], name, [], [helper.make_empty_tensor_value_info("o")]
        )
        for name in ("then", "else")
    }
    nodes = [
        node("Tanh", "x", "r"),
        node("ReduceMax", "x", "m", keepdims=0),
        node("Cast", "m", "c", to=onnx.TensorProto.BOOL),
        helper.make_node("If", ["c"], ["y"], **branches),
    ]
    found = imported(file(nodes, ["n", 3]))
    assert "If" in [problem.op for problem in found.problems]
    assert any(edge.from_ == "tanh.out" and edge.to.startswith("if") for edge in found.design.edges)


def test_a_name_that_a_design_cannot_have_is_changed() -> None:
    nodes = [
        helper.make_node("Relu", ["x"], ["out put!"], name="/forward/Relu"),
        helper.make_node("Tanh", ["out put!"], ["7"]),
    ]
    found = imported(file(nodes, ["n", 3], outputs=("7",)))
    assert not found.problems
    assert found.design.nodes[0].id == "forward_"
    assert [end.name for end in found.design.outputs] == ["out"]


@pytest.mark.parametrize("seed", range(40))
def test_a_file_with_damaged_attributes_is_listed_or_refused(seed: int) -> None:
    """Whatever the attributes and inputs are, the answer is a design with problems or a refusal."""
    chance = random.Random(seed)
    model = onnx.load_model_from_string(
        file(
            [
                node("Conv", "x w", "c", strides=[1, 1], pads=[1, 1, 1, 1], dilations=[1, 1], group=1),
                node("BatchNormalization", "c s s s s", "b", epsilon=1e-5),
                node("MaxPool", "b", "m", kernel_shape=[2, 2], strides=[2, 2]),
                node("Transpose", "m", "t", perm=[0, 2, 3, 1]),
                node("Reshape", "t to", "r"),
                node("MatMul", "r v", "q"),
                node("Softmax", "q", "f", axis=-1),
                node("Concat", "f q", "g", axis=1),
                node("ReduceMean", "g", axes=[1], keepdims=0),
            ],
            ["n", 3, 8, 8],
            {"w": values(4, 3, 3, 3), "s": values(4), "to": np.array([0, -1, 4], np.int64), "v": values(4, 5)},
        )
    )
    for _ in range(chance.randint(1, 4)):
        victim = chance.choice(model.graph.node)
        what = chance.randrange(4)
        if what == 0 and victim.attribute:
            attribute = chance.choice(victim.attribute)
            name = attribute.name
            value = chance.choice([[], [-1] * 3, [2**31], -7, 2**40, 1.5, "text", [0.5], [0] * 9])
            victim.attribute.remove(attribute)
            if value != []:
                victim.attribute.append(helper.make_attribute(name, value))
        elif what == 1 and victim.input:
            del victim.input[-1]
        elif what == 2:
            victim.op_type = chance.choice(["Conv", "Gather", "Resize", "Split", "LSTM", "Pad", "Slice", "Gemm", "If"])
        else:
            held = chance.choice(model.graph.initializer)
            held.CopyFrom(
                numpy_helper.from_array(chance.choice([values(1), values(2, 2), np.array([], np.float32)]), held.name)
            )
    try:
        found = import_onnx(model.SerializeToString())
    except CannotImport:
        return
    assert found.design.outputs
