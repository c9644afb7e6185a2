"""Bundles: complete, checked, and usable without Blockyard."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from models_core.cli import main
from models_core.compile import bind, build, identify
from models_core.design import Builder
from models_core.export.bundle import check_bundle, write_bundle
from models_core.export.onnx import ExportError, example_inputs
from models_core.model import Model
from models_core.serving import open_runner
from tests.models_core.sample import small_design

PREPROCESS = {
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

USE = """
import json, sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "models_core":
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Block())
import onnxruntime, torch
from safetensors.torch import load_file
import model
manifest = json.load(open("manifest.json"))
name = manifest["graphs"]["full"]["inputs"][0]["name"]
network = model.Small().eval()
network.load_state_dict(load_file("weights.safetensors"))
x = torch.tensor(json.loads(sys.argv[1])).reshape(2, 1, 16, 16)
with torch.no_grad():
    one = network(x)
other = onnxruntime.InferenceSession("model.onnx").run(None, {name: x.numpy()})[0]
print(float((one - torch.tensor(other)).abs().max()))
"""


@pytest.fixture(scope="module")
def model() -> Model:
    bound = bind(small_design())
    torch.manual_seed(0)
    run = {"preprocess": PREPROCESS, "task": "image_classification", "metrics": {"accuracy": 0.9, "confusion": [[1]]}}
    return Model(bound, build(bound).eval(), run)


def test_a_folder_holds_all_that_is_needed(model: Model, tmp_path: Path) -> None:
    manifest = write_bundle(model, tmp_path / "bundle")
    folder = tmp_path / "bundle"
    assert sorted(path.name for path in folder.iterdir()) == [
        "design.json",
        "manifest.json",
        "model.onnx",
        "model.py",
        "weights.safetensors",
    ]
    assert json.loads((folder / "manifest.json").read_text()) == manifest == check_bundle(folder)
    graph = manifest["graphs"]["full"]
    assert graph["inputs"] == [{"name": "image", "kind": "image", "shape": ["N", 1, 16, 16], "dtype": "float32"}]
    assert graph["outputs"] == [{"name": "logits", "shape": ["N", 10], "dtype": "float32"}]
    assert manifest["labels"] == list("0123456789")
    assert manifest["design_hash"] == identify(model.bound).hash
    assert manifest["figures"]["params"] == sum(parameter.numel() for parameter in model.module.parameters())
    assert manifest["figures"]["metrics"] == {"accuracy": 0.9}
    assert manifest["parity"]["max_relative_error"] <= manifest["parity"]["tolerance"]
    # Written over itself without complaint, and served as it is.
    write_bundle(model, folder)
    assert open_runner(folder).labels == list("0123456789")


def test_a_bundle_is_used_without_blockyard(model: Model, tmp_path: Path) -> None:
    write_bundle(model, tmp_path / "bundle")
    values = json.dumps(example_inputs(model.bound, 2)[0].flatten().tolist())
    done = subprocess.run(
        [sys.executable, "-c", USE, values], cwd=tmp_path / "bundle", capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 1e-5


def test_tied_weights_are_written_once_and_named(tmp_path: Path) -> None:
    b = Builder("tied", task="byte_lm")
    x = b.add("embed", "embedding", b.input("tokens", "tokens", L=6), num_embeddings=20, embedding_dim=8)
    b.output("logits", b.add("head", "linear", x, out_features=20, bias=False))
    b.tie("head.weight", "embed.weight")
    bound = bind(b.build())
    manifest = write_bundle(Model(bound, build(bound).eval(), {}), tmp_path / "bundle")
    saved = load_file(tmp_path / "bundle" / "weights.safetensors")
    assert len(saved) == 1
    assert manifest["tied_weights"] in ({"head.weight": "embed.weight"}, {"embed.weight": "head.weight"})
    assert not set(manifest["tied_weights"]) & set(saved)


def test_a_zip_holds_the_same(model: Model, tmp_path: Path) -> None:
    manifest = write_bundle(model, tmp_path / "bundle.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.zip"]
    with zipfile.ZipFile(tmp_path / "bundle.zip") as archive:
        assert archive.namelist() == ["manifest.json", *manifest["files"]]
        archive.extractall(tmp_path / "out")
    assert check_bundle(tmp_path / "out") == manifest


def test_the_command_line_writes_one(model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write(tmp_path / "run")
    assert main(["export", str(tmp_path / "run"), "--bundle", str(tmp_path / "out"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == check_bundle(tmp_path / "out")["files"]
    assert main(["export", str(tmp_path / "run"), "--bundle", str(tmp_path / "run")]) == 2
    assert "no bundle" in capsys.readouterr().err


def test_changed_and_missing_files_are_noticed(model: Model, tmp_path: Path) -> None:
    write_bundle(model, tmp_path)
    (tmp_path / "design.json").write_text("{}")
    with pytest.raises(ValueError, match=r"design\.json is not the file"):
        check_bundle(tmp_path)
    (tmp_path / "design.json").unlink()
    with pytest.raises(ValueError, match=r"design\.json is missing"):
        check_bundle(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["files"] = {"../secret": {"bytes": 0, "sha256": ""}}
    (tmp_path.parent / "secret").write_text("")
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match="secret is missing"):
        check_bundle(tmp_path)
    with pytest.raises(ValueError, match="no bundle"):
        check_bundle(tmp_path.parent)


def test_other_peoples_folders_are_left_alone(model: Model, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    with pytest.raises(ExportError, match="no bundle"):
        write_bundle(model, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
