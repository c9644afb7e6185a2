"""`import`: from a file or a function to a design, or to a folder that every other command takes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from models_core.data import open_dataset

from .conftest import Call

NET = """
import torch
from torch import nn


def make():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, 2), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(36, 10))
    return net, (torch.randn(1, 1, 8, 8),)


def odd():
    return nn.Conv2d(1, 4, 3)


def broken():
    raise RuntimeError("no such luck")
"""


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.py"
    path.write_text(NET)
    return path


def test_a_file_of_ours_comes_back_with_what_it_was_trained_for(
    call: Call, trained: Path, tmp_path: Path, cache: Path
) -> None:
    path, folder = tmp_path / "net.onnx", tmp_path / "model"
    call("export", trained, "--out", path)
    done = call("import", path, "--out", folder)
    assert done.status == 0, done.err
    assert "inputs image (image), outputs logits" in done.out
    assert "carries its design" in done.out
    assert call("analyze", folder, "--json").json["total"]["params"] == 61_706
    digit = tmp_path / "digit.png"
    Image.fromarray(np.asarray(open_dataset("digits", cache=cache).split("test").raw(0))[:, :, 0]).save(digit)
    first, second = (call("predict", where, digit, "--json").json["predictions"][0] for where in (trained, folder))
    assert first == second
    assert call("evaluate", folder).status == 2
    want, have = (call("evaluate", where, "--data", "digits", "--json").json["metrics"] for where in (trained, folder))
    assert want == have


def test_a_design_alone_is_one_file(call: Call, trained: Path, tmp_path: Path) -> None:
    path, design = tmp_path / "net.onnx", tmp_path / "net.json"
    call("export", trained, "--out", path)
    document = call("import", path, "--redraw", "--out", design, "--json").json
    assert document["problems"] == []
    assert document["design"]["name"] == "net"
    assert json.loads(design.read_text()) == document["design"]
    assert call("analyze", design, "--json").json["total"]["params"] == 61_706


def test_a_module_of_ones_own_is_evaluated_and_trained_from_where_it_is(call: Call, net: Path, tmp_path: Path) -> None:
    folder, run = tmp_path / "model", tmp_path / "run"
    done = call("import", f"{net}:make", "--data", "digits", "--out", folder)
    assert done.status == 0, done.err
    assert call("evaluate", folder, "--json").json["metrics"]["n"] > 100
    assert call("profile", folder, "--backend", "eager", "--seconds", 0.01).status == 0
    assert call("export", folder).status == 0
    sets = ["--set", "epochs=1", "--set", "optimizer.lr=0", "--set", "ema=null"]
    done = call("train", folder, "--data", "digits", "--weights", folder, "--out", run, "--no-onnx", *sets)
    assert done.status == 0, done.err
    # Nothing is learned at this rate, so what it began with is what it ends with.
    kept, given = (load_file(where / "best.safetensors") for where in (run, folder))
    assert all(np.array_equal(kept[name], given[name]) for name in ("0.weight", "4.weight", "4.bias"))
    (parent,) = json.loads((run / "run.json").read_text())["lineage"]["parents"]
    assert parent["weights"] == "best.safetensors"
    assert str(tmp_path) not in json.dumps(parent)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("odd", "gives no pair of a torch module and a tuple of example inputs"),
        ("broken", "RuntimeError: no such luck"),
        ("missing", "has no attribute 'missing'"),
    ],
)
def test_a_function_that_gives_something_else_is_told(call: Call, net: Path, name: str, said: str) -> None:
    done = call("import", f"{net}:{name}")
    assert done.status == 2
    assert said in done.err


def test_a_python_file_needs_the_name_of_a_function(call: Call, net: Path) -> None:
    done = call("import", net)
    assert done.status == 2
    assert "net.py:make" in done.err
