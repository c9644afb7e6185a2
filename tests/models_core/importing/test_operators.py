"""Operators one by one: what each becomes, and that it computes the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .compare import TOLERANCE, distance, imported
from .graphs import INT, file, node, values

IMAGE: list[int | str] = ["n", 4, 8, 8]
ROW: list[int | str] = ["n", 6]
WORDS: list[int | str] = ["n", 5, 6]
ints = lambda *numbers: np.array(numbers, np.int64)  # noqa: E731

CASES: dict[str, tuple[list[Any], list[int | str], dict[str, Any], list[str] | None]] = {
    "channels last": (
        [node("Transpose", "x", "t", perm=[0, 3, 1, 2]), node("Conv", "t w")],
        ["n", 8, 9, 4],
        {"w": values(3, 4, 1, 1)},
        ["conv2d"],
    ),
    "same upper": ([node("Conv", "x w", auto_pad="SAME_UPPER")], IMAGE, {"w": values(3, 4, 4, 4)}, ["conv2d"]),
    "depthwise": (
        [node("Conv", "x w b", group=4)],
        IMAGE,
        {"w": values(8, 1, 3, 3), "b": values(8)},
        ["depthwise_conv2d"],
    ),
    "grouped": ([node("Conv", "x w", group=2)], IMAGE, {"w": values(6, 2, 3, 3)}, ["conv2d"]),
    "conv over a sequence": (
        [node("Transpose", "x", "t", perm=[0, 2, 1]), node("Conv", "t w", pads=[1, 1])],
        WORDS,
        {"w": values(7, 6, 3)},
        ["reshape", "permute", "conv1d"],
    ),
    "transposed conv": (
        [node("ConvTranspose", "x w", strides=[2, 2], output_padding=[1, 1])],
        IMAGE,
        {"w": values(4, 5, 3, 3)},
        ["conv_transpose2d"],
    ),
    "batch norm": (
        [node("BatchNormalization", "x a b c d", epsilon=1e-3)],
        IMAGE,
        {"a": values(4), "b": values(4), "c": values(4), "d": values(4) ** 2},
        ["batch_norm"],
    ),
    "max pool": (
        [node("MaxPool", "x", kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 1, 0])],
        IMAGE,
        {},
        ["max_pool2d"],
    ),
    "pool and flatten": (
        [node("GlobalAveragePool", "x", "p"), node("Flatten", "p")],
        IMAGE,
        {},
        ["global_avg_pool"],
    ),
    "pool alone": ([node("GlobalAveragePool", "x")], IMAGE, {}, ["adaptive_avg_pool2d"]),
    "largest of all": ([node("GlobalMaxPool", "x")], IMAGE, {}, ["global_max_pool", "reshape"]),
    "mean of two dims": ([node("ReduceMean", "x", axes=[1, 3], keepdims=0)], IMAGE, {}, ["mean_over", "mean_over"]),
    "gemm": ([node("Gemm", "x w b", alpha=0.5, beta=2.0)], ROW, {"w": values(6, 3), "b": values(3)}, ["linear"]),
    "product and bias": (
        [node("MatMul", "x w", "m"), node("Add", "b m")],
        ROW,
        {"w": values(6, 3), "b": values(3)},
        ["linear"],
    ),
    "layer norm by hand": (
        [
            node("ReduceMean", "x", "mean", axes=[-1]),
            node("Sub", "x mean", "d"),
            node("Pow", "d two", "sq"),
            node("ReduceMean", "sq", "var", axes=[-1]),
            node("Add", "var eps", "ve"),
            node("Sqrt", "ve", "s"),
            node("Div", "d s", "n"),
            node("Mul", "n w", "nw"),
            node("Add", "nw b"),
        ],
        ROW,
        {"two": np.float32(2), "eps": np.float32(1e-5), "w": values(6), "b": values(6)},
        ["layer_norm"],
    ),
    "gelu by hand": (
        [
            node("Div", "x root", "d"),
            node("Erf", "d", "e"),
            node("Add", "e one", "e1"),
            node("Mul", "x e1", "m"),
            node("Mul", "m half"),
        ],
        ROW,
        {"root": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)},
        ["gelu"],
    ),
    "hardswish by hand": (
        [
            node("Add", "x three", "a"),
            node("Clip", "a zero six", "c"),
            node("Mul", "x c", "m"),
            node("Div", "m six"),
        ],
        ROW,
        {"three": np.float32(3), "zero": np.float32(0), "six": np.float32(6)},
        ["hardswish"],
    ),
    "cut off": ([node("Clip", "x lo hi")], ROW, {"lo": np.float32(0), "hi": np.float32(6)}, ["relu6"]),
    "less and negative": ([node("Neg", "x", "m"), node("Sub", "x m")], ROW, {}, None),
    "one less": ([node("Sub", "one x")], ROW, {"one": np.float32(1)}, ["constant", "multiply", "constant", "add"]),
    "divided": ([node("Div", "x d")], ROW, {"d": values(6)}, ["constant", "multiply"]),
    "a factor for each feature": ([node("Mul", "x d")], ROW, {"d": values(6)}, ["layer_scale"]),
    "positions": ([node("Add", "x p", "y")], WORDS, {"p": values(1, 5, 6)}, ["reshape", "learned_positions"]),
    "a factor for each channel": ([node("Mul", "x w")], IMAGE, {"w": values(1, 4, 1, 1)}, ["constant", "multiply"]),
    "three parts": (
        [node("Split", "x s", "a b c", axis=1), node("Concat", "c a b", axis=1)],
        ROW,
        {"s": ints(1, 2, 3)},
        ["split", "split", "concat"],
    ),
    "a slice": ([node("Slice", "x a b c")], ROW, {"a": ints(1), "b": ints(-1), "c": ints(1)}, ["split", "split"]),
    "the first token": ([node("Gather", "x i", axis=1)], WORDS, {"i": np.int64(0)}, ["reshape", "token_pool"]),
    "a token in the middle": (
        [node("Gather", "x i", axis=1)],
        WORDS,
        {"i": np.int64(2)},
        ["reshape", "split", "split", "flatten"],
    ),
    "squeezed": (
        [node("Unsqueeze", "x i", "u"), node("Squeeze", "u i", "s"), node("Relu", "s")],
        ROW,
        {"i": ints(1)},
        ["reshape", "flatten", "relu"],
    ),
    "a shape worked out": (
        [
            node("Shape", "x", "s"),
            node("Gather", "s zero", "n"),
            node("Unsqueeze", "n axis", "n1"),
            node("Concat", "n1 minus", "to", axis=0),
            node("Reshape", "x to"),
        ],
        IMAGE,
        {"zero": np.int64(0), "axis": ints(0), "minus": ints(-1)},
        ["flatten"],
    ),
    "padded channels": ([node("Pad", "x p")], IMAGE, {"p": ints(0, 1, 0, 0, 0, 2, 0, 0)}, ["pad_channels"]),
    "resized": (
        [node("Resize", "x - s", mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")],
        IMAGE,
        {"s": np.array([1, 1, 2, 3], np.float32)},
        ["upsample"],
    ),
    "softmax": ([node("Softmax", "x", axis=1)], WORDS, {}, ["reshape", "softmax"]),
    "dropout": ([node("Dropout", "x")], ROW, {}, ["dropout"]),
}


@pytest.mark.parametrize("name", CASES)
def test_an_operator_computes_the_same(name: str) -> None:
    nodes, shape, held, blocks = CASES[name]
    data = file(nodes, shape, held)
    found = imported(data)
    assert not found.problems
    assert distance(data, found) <= TOLERANCE
    if blocks:
        assert [node.block for node in found.design.nodes] == blocks


def test_a_lookup_becomes_an_embedding() -> None:
    data = file([node("Gather", "w x", axis=0)], ["n", 7], {"w": values(2, 6)}, type=INT)
    found = imported(data)
    assert [one.block for one in found.design.nodes] == ["embedding"]
    assert found.design.inputs[0].kind == "tokens"
    assert distance(data, found) <= TOLERANCE


REASONS = {
    "a product of two results": ([node("MatMul", "x x")], ["n", 4, 4], {}, "multiplies two results"),
    "another bound": (
        [node("Clip", "x lo hi")],
        ROW,
        {"lo": np.float32(-1), "hi": np.float32(1)},
        "below -1 and above 1",
    ),
    "samples mixed": ([node("Softmax", "x", axis=0)], ROW, {}, "across samples"),
    "samples moved": ([node("Transpose", "x", perm=[1, 0])], ROW, {}, "before that of the samples"),
    "padding on one side": (
        [node("Conv", "x w", pads=[0, 0, 1, 1], strides=[2, 2])],
        IMAGE,
        {"w": values(2, 4, 3, 3)},
        "pads both sides alike",
    ),
    "volumes": ([node("Conv", "x w")], ["n", 1, 4, 4, 4], {"w": values(2, 1, 3, 3, 3)}, "over 3 dims"),
    "every second": (
        [node("Slice", "x a b c d")],
        ROW,
        {"a": ints(0), "b": ints(6), "c": ints(1), "d": ints(2)},
        "every 2th",
    ),
    "a ratio": ([node("Add", "x one", "a"), node("Div", "x a")], ROW, {"one": np.float32(1)}, "divides one result"),
    "no such block": ([node("Selu", "x")], ROW, {}, "no block does this"),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_cannot_be_drawn_says_why(name: str) -> None:
    nodes, shape, held, reason = REASONS[name]
    found = imported(file(nodes, shape, held))
    assert len(found.problems) == 1
    assert reason in found.problems[0].reason
    assert found.problems[0].name == nodes[-1].name
    assert f"onnx.{nodes[-1].op_type}" in [one.block for one in found.design.nodes]


def test_an_operator_of_somebody_else_is_named_with_its_domain() -> None:
    nodes = [node("Relu", "x", "r"), node("FusedThing", "r", domain="com.example")]
    found = imported(file(nodes, ROW, domain="com.example"))
    assert [problem.op for problem in found.problems] == ["com.example.FusedThing"]
    assert [one.block for one in found.design.nodes] == ["relu", "onnx.com.example.FusedThing"]
