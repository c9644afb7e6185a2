"""The design that a file of our own carries is believed only if it is that of the file's graph."""

from __future__ import annotations

import copy
import json
import re
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from onnx import numpy_helper

from models_core.compile import bind, identify
from models_core.design import Builder
from models_core.export.onnx import example_inputs, export
from models_core.importing import _own, import_onnx
from models_core.importing._draw import drawn
from tests.models_core.export.test_onnx import built

Change = Callable[[onnx.ModelProto], None]
BELIEVED = "The file was exported here and carries its design, which is opened."


def design() -> Builder:
    """Convolution and norm, a recurrent layer, and two layers with one weight."""
    b = Builder("small")
    picture, text = b.input("picture", "image", C=2, H=5, W=4), b.input("text", "tokens", L=6)
    x = b.add("norm", "batch_norm", b.add("conv", "conv2d", picture, out_channels=3, kernel_size=3))
    seen = b.add("pool", "global_avg_pool", b.add("act", "relu", x))
    tokens = b.add("embed", "embedding", text, num_embeddings=9, embedding_dim=3)
    read = b.add("gru", "gru", tokens, hidden_size=3, num_layers=2, bidirectional=True, output="last")
    joined = b.add("join", "concat", seen, b.add("first", "linear", read, out_features=3))
    b.output("y", b.add("head", "linear", b.add("both", "linear", joined, out_features=6), out_features=6))
    b.tie("head.weight", "both.weight")
    return b


@cache
def original() -> tuple[torch.nn.Module, onnx.ModelProto]:
    module, bound = built(design().build())
    with tempfile.TemporaryDirectory() as folder:
        path = export(module, bound, Path(folder) / "model.onnx").path
        return module, onnx.load_model_from_string(path.read_bytes())


def changed(change: Change) -> onnx.ModelProto:
    model = onnx.ModelProto()
    model.CopyFrom(original()[1])
    change(model)
    return model


def test_it_comes_with_its_design_and_its_weights() -> None:
    """The weights are the file's, whatever they are, and those of a recurrent layer have torch's names and order."""

    def other(model: onnx.ModelProto) -> None:
        for tensor in model.graph.initializer:
            if tensor.name in ("conv.weight", "both.weight", "head.weight"):
                tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) + 1, tensor.name))

    found = import_onnx(changed(other).SerializeToString())
    assert found.notes == [BELIEVED]
    module = copy.deepcopy(original()[0]).eval()
    bound = bind(design().build())
    assert identify(bind(found.design)).hash == identify(bound).hash
    with torch.no_grad():
        module.conv.weight += 1
        module.both.weight += 1
        again = found.model().module
        inputs = example_inputs(bound, 3)
        assert torch.equal(module(*inputs), again(*inputs))
    for name, tensor in module.state_dict().items():
        assert name.endswith("num_batches_tracked") or torch.equal(tensor, again.state_dict()[name]), name


def another_design(model: onnx.ModelProto) -> None:
    """An activation that has no weights: names and shapes are all as they were."""
    noted(model, lambda text: text.replace('"relu"', '"tanh"'))


def noted(model: onnx.ModelProto, change: Callable[[str], str]) -> None:
    entry = next(entry for entry in model.metadata_props if entry.key == "blockyard.design")
    before = entry.value
    entry.value = change(before)
    assert entry.value != before


def larger(model: onnx.ModelProto) -> None:
    """A design of which nothing is made: its sizes are not those of the file."""

    def change(text: str) -> str:
        document = json.loads(text)
        node = next(node for node in document["nodes"] if node["id"] == "embed")
        node["params"]["num_embeddings"] = 65_536
        return json.dumps(document)

    noted(model, change)


def operator(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Relu").op_type = "Tanh"


def attribute(model: onnx.ModelProto) -> None:
    conv = next(node for node in model.graph.node if node.op_type == "Conv")
    next(item for item in conv.attribute if item.name == "pads").ints[:] = [0, 1, 2, 1]


def wire(model: onnx.ModelProto) -> None:
    relu = next(node for node in model.graph.node if node.op_type == "Relu")
    relu.input[0] = next(node for node in model.graph.node if node.op_type == "Conv").output[0]


def number(model: onnx.ModelProto) -> None:
    """A constant that is no weight of the design."""
    names = set(original()[0].state_dict())
    tensor = next(one for one in model.graph.initializer if one.name not in names and "onnx_" not in one.name)
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) + 1, tensor.name))


def one_more(model: onnx.ModelProto) -> None:
    model.graph.node.add(op_type="Relu", input=[model.graph.node[0].output[0]], output=["more"])


def lost(model: onnx.ModelProto) -> None:
    tensor = next(one for one in model.graph.initializer if one.name == "first.bias")
    tensor.name = "first.other"
    for node in model.graph.node:
        node.input[:] = ["first.other" if name == "first.bias" else name for name in node.input]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (another_design, "Relu .* stands where the design has Tanh"),
        (larger, "is .* in the design"),
        (lost, "weights first.bias, which the file does not"),
    ],
)
def test_a_design_that_is_not_the_files_is_not_believed(change: Change, said: str) -> None:
    model = changed(change)
    found = import_onnx(model.SerializeToString())
    assert found.notes[0].startswith("The file carries a design, but not that of its network: ")
    assert re.search(said, found.notes[0]), found.notes[0]
    assert found.design == drawn(model, "imported").design
    assert "conv.weight" in found.weights


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (operator, "Tanh .* stands where the design has Relu"),
        (attribute, "stands where the design has Conv"),
        (wire, "stands where the design has Relu"),
        (number, "are not the design's"),
        (one_more, "operators"),
    ],
)
def test_any_change_of_the_graph_is_noticed(change: Change, said: str) -> None:
    own = original()[1].graph
    _own.compare(own, own)
    with pytest.raises(_own.NotItsOwn, match=said):
        _own.compare(own, changed(change).graph)


def test_damaged_notes_are_not_believed() -> None:
    found = import_onnx(changed(lambda model: noted(model, lambda text: text[:-2])).SerializeToString())
    assert "not that of its network" in found.notes[0]
    assert found.weights


PICTURES = {
    "inputs": {
        "x": {"kind": "image", "channels": 1, "height": 4, "width": 4, "stored": [4, 4, 1], "mean": [0.5], "std": [0.2]}
    },
    "target": {"kind": "class", "names": ["no", "yes"]},
}


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("inputs.x.stored", [100_000, 100_000, 3]),
        ("inputs.x.stored", [0, 4, 1]),
        ("inputs.x.stored", [4, 4, 7]),
        ("inputs.x.std", [0.0]),
        ("inputs.x.std", []),
        ("inputs.x.height", 8),
        ("target.names", ["no"]),
        ("target.std", -1.0),
        ("", None),
    ],
)
def test_what_a_file_says_of_its_data_is_taken_only_if_it_can_be_served(part: str, value: object) -> None:
    b = Builder("pictures")
    x = b.add("flat", "flatten", b.input("x", "image", C=1, H=4, W=4))
    b.output("y", b.add("head", "linear", x, out_features=2))
    document = copy.deepcopy(PICTURES)
    if part:
        *way, last = part.split(".")
        place: Any = document
        for name in way:
            place = place[name]
        place[last] = value
    model = onnx.ModelProto()
    model.metadata_props.add(key="blockyard.preprocess", value=json.dumps(document))
    model.metadata_props.add(key="blockyard.task", value='"image_classification"')
    found = _own._run(model, bind(b.build()))
    assert set(found) == (set() if part else {"task", "preprocess"})
