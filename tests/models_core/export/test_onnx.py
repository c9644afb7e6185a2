"""ONNX export: every design of the zoo, recurrent layers, several inputs and outputs, and what is refused."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from models_core.compile import Bound, bind, build, identify
from models_core.data.preprocess import Preprocess
from models_core.design import Builder, Design, read
from models_core.export import check
from models_core.export import onnx as exporting
from models_core.export.onnx import BATCHES, ExportError, difference, example_inputs, export
from models_core.registry import Entry, Traits
from tests.models_core.importing.compare import TOLERANCE, distance, imported
from tests.models_core.sample import small_design
from tests.models_core.zoo.small import COVERING, FACTS, design_of, variables_of


def built(design: Design, **given: Any) -> tuple[nn.Module, Bound]:
    bound = bind(design, **given)
    torch.manual_seed(0)
    module = build(bound).train()
    # Statistics as after some training, so that a batch norm in the wrong mode is noticed.
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(part.running_mean, -0.1, 0.1)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
    return module, bound


def run(path: Path, bound: Bound, module: nn.Module, batch: int) -> float:
    """How far the file's outputs for a fresh batch are from PyTorch's, as a part of the largest."""
    session = onnxruntime.InferenceSession(path.read_bytes())
    inputs = example_inputs(bound, batch, seed=99)
    with torch.no_grad():
        expected = module.eval()(*inputs)
    expected = expected if isinstance(expected, tuple) else (expected,)
    names = [given.name for given in session.get_inputs()]
    feed = {
        given.name: tensor.numpy() for given, tensor in zip(bound.inputs, inputs, strict=True) if given.name in names
    }
    outputs = session.run(None, feed)
    return max(difference(want.numpy(), have) for want, have in zip(expected, outputs, strict=True))


@pytest.mark.parametrize("entry", COVERING, ids=lambda entry: entry.id)
def test_designs_of_the_zoo(entry: Entry, tmp_path: Path) -> None:
    design = design_of(entry)
    module, bound = built(design, facts=FACTS, variables=variables_of(entry, design))
    exported = export(module, bound, tmp_path / "model.onnx")
    assert module.training
    assert exported.max_error <= exported.tolerance
    assert exported.batches == BATCHES == (1, 2, 5)
    assert run(exported.path, bound, module, 7) <= exported.tolerance
    session = onnxruntime.InferenceSession(exported.path.read_bytes())
    assert [given.name for given in session.get_inputs()] == [given.name for given in bound.inputs]
    assert [given.name for given in session.get_outputs()] == list(bound.outputs)
    assert all(isinstance(given.shape[0], str) for given in session.get_inputs())
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    _is_read_back(entry.id, exported.path.read_bytes())


READ = frozenset(
    """activator denseformer dla102 gru_text hourglass_mlp lenet5 mlp_regression ms_mlp_base osnet_x1_0 parnet_m
    patchconvnet_s60 resmlp_12_224 resnest50d resnet20_cifar resnet50_ibn_b simplenet_cifar starnet_s1
    vanillanet_5""".split()
)
"""Designs whose operators all have a block when they are read back; of others, what has none must be told."""


def _is_read_back(id: str, data: bytes) -> None:
    """What was exported is drawn again from its operators alone, and does the same."""
    found = imported(data)
    assert not found.problems or id not in READ
    assert all(str(problem) for problem in found.problems)
    if not found.problems:
        assert distance(data, found) <= TOLERANCE


@pytest.mark.parametrize("id", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize(("layers", "both"), [(1, False), (2, True)])
def test_a_recurrent_layer_is_one_operator(id: str, layers: int, both: bool, tmp_path: Path) -> None:
    b = Builder("recurrent")
    x = b.input("tokens", "tokens", L=40)
    x = b.add("embed", "embedding", x, num_embeddings=9, embedding_dim=6)
    x = b.add("layers", id, x, hidden_size=5, num_layers=layers, bidirectional=both)
    b.output("all", x)
    b.output("last", b.add("end", id, x, hidden_size=4, output="last", bidirectional=both))
    module, bound = built(b.build())
    before = list(module.state_dict())
    exported = export(module, bound, tmp_path / "model.onnx")
    assert run(exported.path, bound, module, 6) <= exported.tolerance
    operators = Counter(node.op_type for node in onnx.load(exported.path).graph.node)
    assert operators[id.upper()] == layers + 1
    assert exported.nodes < 40
    assert list(module.state_dict()) == before


def several() -> Design:
    """Two inputs, one of which nothing depends on in the second output, and three outputs, one named as an input."""
    b = Builder("several")
    row, picture = b.input("row", "table", F=4), b.input("picture", "image", C=2, H=6, W=6)
    seen = b.add("pool", "global_avg_pool", b.add("conv", "conv2d", picture, out_channels=4))
    both = b.add("join", "concat", b.add("fc", "linear", row, out_features=4), seen)
    b.output("row", b.add("head", "linear", both, out_features=3))
    b.output("seen", seen)
    b.output("again", seen)
    return b.build()


def test_several_inputs_and_outputs(tmp_path: Path) -> None:
    module, bound = built(several())
    exported = export(module, bound, tmp_path / "model.onnx")
    assert run(exported.path, bound, module, 4) <= exported.tolerance
    session = onnxruntime.InferenceSession(exported.path.read_bytes())
    assert [given.name for given in session.get_inputs()] == ["row", "picture"]
    assert [given.name for given in session.get_outputs()] == ["row_out", "seen", "again"]


def test_an_input_that_is_an_output_and_one_without_use(tmp_path: Path) -> None:
    b = Builder("through")
    x, y = b.input("x", "table", F=3), b.input("y", "table", F=2)
    b.input("unused", "table", F=2)
    b.output("out", b.add("fc", "linear", x, out_features=2))
    b.output("same", y)
    module, bound = built(b.build())
    exported = export(module, bound, tmp_path / "model.onnx")
    assert run(exported.path, bound, module, 3) <= exported.tolerance


def test_the_file_says_what_it_is_and_nothing_of_the_machine(tmp_path: Path) -> None:
    preprocess = Preprocess.model_validate(
        {
            "inputs": {
                "image": {
                    "kind": "image",
                    "channels": 1,
                    "height": 16,
                    "width": 16,
                    "stored": [8, 8, 1],
                    "mean": [0.3],
                    "std": [0.4],
                }
            },
            "target": {"kind": "class", "names": list("0123456789")},
        }
    )
    module, bound = built(small_design())
    exported = export(module, bound, tmp_path / "model.onnx", preprocess, notes={"figures": {"accuracy": 0.9}})
    data = exported.path.read_bytes()
    model = check.read_model(data)
    assert read(check.note(model, "blockyard.design")) == bound.design
    assert check.note(model, "blockyard.hash") == identify(bound).hash
    assert check.note(model, "blockyard.labels") == list("0123456789")
    assert check.note(model, "blockyard.preprocess") == preprocess.model_dump(mode="json")
    assert check.note(model, "blockyard.task") == "image_classification"
    assert check.note(model, "blockyard.figures") == {"accuracy": 0.9}
    assert model.opset_import[0].version == exporting.OPSET
    for leak in (b"site-packages", b"models_core", str(Path.home()).encode(), b"stack_trace"):
        assert leak not in data


def test_the_same_weights_give_the_same_file(tmp_path: Path) -> None:
    module, bound = built(small_design())
    first = export(module, bound, tmp_path / "a.onnx").path.read_bytes()
    assert export(module, bound, tmp_path / "b.onnx").path.read_bytes() == first


def test_a_block_that_cannot_be_exported_says_why(tmp_path: Path) -> None:
    module, bound = built(small_design())
    leaf = bound.leaves[0]
    leaf.entry = dataclasses.replace(leaf.entry, traits=Traits(no_export="it counts on its fingers"))
    with pytest.raises(ExportError, match="stem cannot be exported: it counts on its fingers"):
        export(module, bound, tmp_path / "model.onnx")


def test_a_wrong_export_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, bound = built(small_design())
    translate = exporting.translate

    def wrong(*args: Any) -> onnx.ModelProto:
        model = translate(*args)
        weight = next(tensor for tensor in model.graph.initializer if "head.weight" in tensor.name)
        values = onnx.numpy_helper.to_array(weight) * np.float32(1.01)
        weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
        return model

    monkeypatch.setattr(exporting, "translate", wrong)
    with pytest.raises(ExportError, match=r"output logits differs from PyTorch by .* at batch 1"):
        export(module, bound, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_a_model_over_the_limit_is_refused_before_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, bound = built(small_design())
    monkeypatch.setenv("BLOCKYARD_LIMIT_ONNX_BYTES", "10000")
    monkeypatch.setattr(exporting, "translate", lambda *_: pytest.fail("work was done"))
    with pytest.raises(ExportError, match="one ONNX file holds 10,000"):
        export(module, bound, tmp_path / "model.onnx")


def test_a_failed_export_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, bound = built(small_design())
    path = tmp_path / "model.onnx"
    path.write_bytes(b"old")

    def broken(*_: Any) -> onnx.ModelProto:
        raise ExportError("no")

    monkeypatch.setattr(exporting, "translate", broken)
    with pytest.raises(ExportError):
        export(module, bound, path)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("want", "have", "apart"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0),
        ([1.0, 2.0], [1.0, 2.2], 0.1),
        ([0.0, 0.0], [0.0, 1e-3], 1.0),
        ([1.0, np.nan], [1.0, np.nan], 0.0),
        ([1.0, np.inf], [1.0, np.nan], np.inf),
        ([1.0, 2.0], [1.0], np.inf),
    ],
)
def test_differences(want: list[float], have: list[float], apart: float) -> None:
    found = difference(np.array(want, dtype=np.float32), np.array(have, dtype=np.float32))
    assert found == pytest.approx(apart, rel=1e-5)


def test_metadata_is_json(tmp_path: Path) -> None:
    module, bound = built(several())
    model = onnx.load(export(module, bound, tmp_path / "model.onnx").path)
    for entry in model.metadata_props:
        json.loads(entry.value)
