"""Files that PyTorch's old and new exporter write of networks that know nothing of this package."""

from __future__ import annotations

import io
import logging
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models_core.compile import bind
from models_core.importing import import_onnx

from .compare import TOLERANCE, distance, imported
from .nets import NETS, Odd

OPEN = {"dynamic_axes": {"x": {0: "n"}, "y": {0: "n"}}}
WAYS: dict[str, dict[str, Any]] = {
    "old exporter": {"dynamo": False, "opset_version": 17, **OPEN},
    "fixed batch": {"dynamo": False, "opset_version": 17},
    "nothing folded": {
        "dynamo": False,
        "opset_version": 14,
        "do_constant_folding": False,
        "training": torch.onnx.TrainingMode.PRESERVE,
        **OPEN,
    },
    "new exporter": {"dynamo": True, "external_data": False, "verbose": False},
}


def exported(net: nn.Module, inputs: tuple[Tensor, ...], way: str) -> bytes:
    """The bytes of a file that PyTorch writes."""
    options = dict(WAYS[way])
    if options["dynamo"]:
        batch = torch.export.Dim("n", min=1, max=64)
        options["dynamic_shapes"] = tuple({0: batch} for _ in inputs)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            torch.onnx.export(net, inputs, file, input_names=["x", "y"][: len(inputs)], **options)
        finally:
            logging.disable(logging.NOTSET)
    return file.getvalue()


def made(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    torch.manual_seed(0)
    net, inputs = (make() for make in NETS[name])
    for part in net.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(part.running_mean, -0.1, 0.1)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
    return net.eval(), inputs


CANNOT = {
    ("rnn", "new exporter"): "it writes every step of an RNN out",
    ("encoder", "nothing folded"): "the old exporter knows no attention at this opset",
    ("cross", "nothing folded"): "the old exporter knows no attention at this opset",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NETS)
def test_a_network_comes_in_and_does_the_same(name: str, way: str) -> None:
    if (name, way) in CANNOT:
        pytest.skip(CANNOT[name, way])
    data = exported(*made(name), way)
    found = imported(data)
    assert not found.problems
    assert distance(data, found) <= TOLERANCE


def blocks(data: bytes) -> dict[str, str]:
    """The blocks of a file by their paths."""
    return {leaf.path: leaf.entry.id for leaf in bind(imported(data).design).nodes}


@pytest.mark.parametrize("way", ["old exporter", "new exporter"])
def test_nodes_have_the_names_of_the_modules(way: str) -> None:
    found = blocks(exported(*made("resnet"), way))
    assert found["conv1"] == "conv2d"
    assert found["layer2.0.downsample.0"] == "conv2d"
    assert found["layer1.0.add"] == "add"
    assert found["avgpool"] == "global_avg_pool"
    assert found["fc"] == "linear"


@pytest.mark.parametrize("way", ["old exporter", "new exporter"])
def test_what_was_written_out_is_one_block_again(way: str) -> None:
    encoder = list(blocks(exported(*made("encoder"), way)).values())
    assert encoder.count("self_attention") == 2
    assert {"embedding", "learned_positions", "class_token", "token_pool", "gelu", "layer_norm"} < set(encoder)
    assert sorted(blocks(exported(*made("bert"), way)).values()) == ["add", "embedding", "layer_norm", "self_attention"]
    assert "cross_attention" in blocks(exported(*made("cross"), way)).values()
    assert "rms_norm" in blocks(exported(*made("gated"), way)).values()
    assert sorted(blocks(exported(*made("lstm"), way)).values()) == ["embedding", "linear", "lstm"]
    assert {"mish", "silu", "gelu", "hardswish", "group_norm"} < set(blocks(exported(*made("assorted"), way)).values())


def test_a_causal_mask_makes_attention_causal_and_one_that_is_given_is_wired() -> None:
    node = next(n for n in imported(exported(*made("gpt"), "old exporter")).design.nodes if n.block == "self_attention")
    assert node.params == {"heads": 4, "causal": True}
    design = imported(exported(*made("bert"), "old exporter")).design
    assert any(edge.from_ == "input.y" and edge.to.endswith(".mask") for edge in design.edges)


@pytest.mark.parametrize("way", ["old exporter", "new exporter"])
def test_what_no_block_does_is_named_and_keeps_its_place(way: str) -> None:
    found = import_onnx(exported(Odd().eval(), (torch.randn(2, 3, 4, 4),), way), "odd")
    assert [problem.op for problem in found.problems] == ["Einsum", "Sin", "CumSum"]
    assert all(problem.node and problem.name for problem in found.problems)
    ids = [node.id for node in found.design.nodes]
    assert ids == ["conv", "einsum", "sin", "cumsum", "flatten"]
    wires = {(edge.source[0], edge.target[0]) for edge in found.design.edges}
    assert {("conv", "einsum"), ("einsum", "sin"), ("sin", "cumsum"), ("cumsum", "flatten")} < wires
    assert next(node for node in found.design.nodes if node.id == "conv").params["out_channels"] == 4


def test_sizes_that_a_file_leaves_open_are_chosen_and_said() -> None:
    data = exported(*made("resnet"), "old exporter")
    assert imported(data).notes == []
    file = io.BytesIO()
    net, inputs = made("resnet")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        axes = {"x": {0: "n", 2: "height", 3: "width"}}
        torch.onnx.export(net, inputs, file, input_names=["x"], dynamo=False, opset_version=17, dynamic_axes=axes)
    found = imported(file.getvalue())
    assert found.design.inputs[0].dims == {"C": 3, "H": 224, "W": 224}
    assert found.notes == [
        "It leaves dim height of its input x open; 224 was taken.",
        "It leaves dim width of its input x open; 224 was taken.",
    ]
    assert distance(file.getvalue(), found) <= TOLERANCE
