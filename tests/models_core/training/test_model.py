"""Models on disk: whole or absent, safetensors and JSON alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from models_core import registry
from models_core.compile import bind, build
from models_core.model import BEST, RUN, FileFault, Model, pack, unpack, write_json

from .runs import picture_design


def saved(folder: Path) -> Model:
    bound = bind(picture_design())
    model = Model(bound, build(bound), {"state": "done"})
    model.write(folder)
    return model


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    model = saved(tmp_path / "model")
    again = Model.read(tmp_path / "model")
    assert not again.module.training
    x = torch.randn(3, 1, 8, 8)
    assert torch.equal(model.module.eval()(x), again.module(x))
    assert again.run["design_hash"]
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == sorted(
        ["best.safetensors", "last.safetensors", "design.json", "run.json"]
    )


def test_tied_weights_stay_tied(tmp_path: Path) -> None:
    bound = bind(registry.get("design", "byte_transformer").obj())
    model = Model(bound, build(bound))
    model.write(tmp_path)
    module = Model.read(tmp_path).module
    assert module.head.weight is module.embed.weight
    assert torch.equal(module.head.weight, model.module.head.weight)


def test_a_state_survives_packing() -> None:
    tree = {
        "state": {0: {"step": torch.tensor(3.0), "mean": torch.arange(6.0).reshape(2, 3)}, 1: {}},
        "groups": [{"lr": 0.1, "betas": (0.9, 0.999), "fused": True, "none": None}],
        "text": "ü",
        "infinite": float("inf"),
        "bytes": torch.tensor([1, 255], dtype=torch.uint8),
    }
    tensors, plain = pack(tree)
    again = unpack(tensors, json.loads(json.dumps(plain, allow_nan=False)))
    assert again["groups"] == tree["groups"]
    assert list(again["state"]) == [0, 1]
    assert torch.equal(again["state"][0]["mean"], tree["state"][0]["mean"])
    assert again["infinite"] == float("inf")
    assert again["bytes"].dtype == torch.uint8
    with pytest.raises(TypeError):
        pack({"object": object()})


def test_a_damaged_folder_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="there is no folder"):
        Model.read(tmp_path / "nowhere")
    saved(tmp_path)
    weights = tmp_path / BEST
    whole = weights.read_bytes()
    weights.write_bytes(whole[:100])
    with pytest.raises(FileFault, match="is damaged"):
        Model.read(tmp_path)
    weights.unlink()
    with pytest.raises(FileFault, match=r"there is no best\.safetensors"):
        Model.read(tmp_path)
    weights.write_bytes(whole)
    document = json.loads((tmp_path / "design.json").read_text())
    document["nodes"][0]["params"]["out_channels"] = 16
    write_json(tmp_path / "design.json", document)
    with pytest.raises(FileFault, match=r"conv\.weight is \(8, 1, 3, 3\), but the design wants \(16, 1, 3, 3\)"):
        Model.read(tmp_path)
    (tmp_path / RUN).write_text("{")
    with pytest.raises(FileFault, match="cannot be read"):
        Model.read(tmp_path)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"a": float("nan")})
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]
