"""What training takes besides the outputs: losses that blocks give, and outputs that are there for training alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from models_core.analysis import analyze
from models_core.compile import bind, build, identify, uncollected
from models_core.compile.code import source
from models_core.data import open_dataset
from models_core.design import Builder, Design, diff
from models_core.export.onnx import export
from models_core.model import Model
from models_core.training.recipe import read as read_recipe
from models_core.training.session import Source, train

EXPERTS = 3


def design(weight: float | str | None = 0.3, balance: float = 0.01) -> Design:
    """Digits through two mixtures of experts, with a second classifier after the first."""
    b = Builder("aided", task="image_classification")
    b.facts(label={"classes": 10})
    b.variable("aid", 0.5)
    x = b.add("flat", "flatten", b.input("image", "image", C=1, H=8, W=8))
    unit = b.group("unit")
    h = unit.input("x")
    mixed = unit.add(
        "moe", "moe_mlp", unit.add("norm", "layer_norm", h), experts=EXPERTS, k=1, ratio=0.5, balance=balance
    )
    unit.output("out", unit.add("sum", "add", h, mixed))
    x = b.add_group("first", "unit", x)
    side = b.add("aid_head", "linear", b.add("aid_norm", "layer_norm", x), out_features="=facts.label.classes")
    x = b.add_group("second", "unit", x)
    b.output("logits", b.add("head", "linear", x, out_features="=facts.label.classes"))
    b.output("aid", side, weight)
    return b.build()


def images(n: int = 5) -> torch.Tensor:
    return torch.randn(n, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def test_collects_losses_and_auxiliary_outputs_by_name() -> None:
    bound = bind(design())
    assert not bound.errors
    assert {name: (one.role, one.weight) for name, one in bound.collected.items()} == {
        "first.moe.balance": ("loss", 1.0),
        "second.moe.balance": ("loss", 1.0),
        "output.aid": ("data", 0.3),
    }
    out, more = build(bound, collect=True)(images())
    assert out.shape == more["output.aid"].shape == (5, 10)
    assert more["first.moe.balance"].shape == ()


def test_without_collecting_only_the_outputs_are_there() -> None:
    bound = bind(design())
    module = build(bound)
    assert list(bound.outputs) == ["logits"]
    assert not any(name.startswith("aid") for name in module.state_dict())
    report = analyze(design())
    assert report.total["params"] == sum(p.numel() for p in module.parameters())
    assert report.notes == [f"{2 * 64 + 64 * 10 + 10} parameters more are there for training alone"]


def test_both_forms_share_their_weights_and_agree() -> None:
    bound = bind(design())
    full = build(bound, collect=True)
    plain = uncollected(full, bound)
    assert plain.head.weight is full.head.weight
    assert torch.equal(plain(images()), full(images())[0])


@pytest.mark.parametrize("weight", [0.3, None, 0])
def test_code_and_export_drop_what_is_collected(weight: float | None, tmp_path: Path) -> None:
    bound = bind(design(weight))
    torch.manual_seed(0)
    module = build(bound).eval()
    names: dict[str, Any] = {"__name__": "made"}
    exec(compile(source(bound), "made", "exec"), names)
    made = names["Aided"]().eval()
    assert list(made.state_dict()) == list(module.state_dict())
    made.load_state_dict(module.state_dict())
    one, other = made(images()), module(images())
    for a, b in zip(one if weight is None else [one], other if weight is None else [other], strict=True):
        assert torch.equal(a, b)
    assert export(module, bound, tmp_path / "aided.onnx").max_error < 1e-4


def test_weight_is_part_of_the_meaning() -> None:
    hashes = {identify(bind(design(weight))).hash for weight in (None, 0.3, 0.5, 0)}
    assert len(hashes) == 4
    assert identify(bind(design("=aid"))).hash == identify(bind(design(0.5))).hash
    assert diff(design(None), design(0.3))["ends"] == {"output.aid": [{"name": "aid"}, {"name": "aid", "weight": 0.3}]}


def test_a_design_with_auxiliary_outputs_alone_is_refused() -> None:
    document = design().to_json()
    for end in document["outputs"]:
        end["weight"] = 1.0
    assert [issue.code for issue in bind(Design.model_validate(document)).errors] == ["no_output"]


def test_a_fault_where_only_training_leads_is_a_fault() -> None:
    document = design().to_json()
    next(node for node in document["nodes"] if node["id"] == "aid_head")["params"]["in_features"] = 7
    assert bind(Design.model_validate(document)).errors


def trained(folder: Path, **recipe: Any) -> Any:
    dataset = open_dataset("digits")
    agreed = read_recipe({"epochs": 1, "batch_size": 64, "watch_seconds": None, **recipe})
    return train(design(), dataset, agreed, folder, source=Source("digits"), onnx=False)


def test_training_descends_on_all_losses_and_tells_each(tmp_path: Path) -> None:
    trained(tmp_path)
    rows = [line for line in (tmp_path / "metrics.jsonl").read_text().splitlines() if "train/loss" in line]
    assert rows
    values = json.loads(rows[0])["values"]
    parts = {name: values[f"train/{name}"] for name in ("first.moe.balance", "second.moe.balance", "output.aid")}
    expected = values["train/objective"] + 0.3 * parts["output.aid"] + sum(list(parts.values())[:2])
    assert values["train/loss"] == pytest.approx(expected, rel=1e-4)
    model = Model.read(tmp_path)
    assert not any(name.startswith("aid") for name in model.module.state_dict())
