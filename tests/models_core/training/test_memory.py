"""Memory is known, and refused, before it is allocated."""

from __future__ import annotations

from pathlib import Path

import pytest

from models_core.analysis import analyze
from models_core.data import Dataset
from models_core.design import Builder, Design
from models_core.environment import machine_memory
from models_core.training import memory
from models_core.training.memory import MemoryFault

from .runs import recipe, run


def perceptron(width: int, layers: int = 1) -> Design:
    b = Builder("perceptron", task="image_classification", doc="For tests.")
    b.facts(image={"channels": 1}, label={"classes": 10})
    x = b.input("image", "image", C=1, H=8, W=8)
    x = b.add("flat", "flatten", x)
    for index in range(layers):
        x = b.add(f"hidden{index}", "linear", x, out_features=width)
    b.output("logits", b.add("head", "linear", x, out_features=10))
    return b.build()


def test_the_need_by_hand() -> None:
    batch = 32
    report = analyze(perceptron(100), batch=batch)
    weights = 4 * (64 * 100 + 100 + 100 * 10 + 10)
    need = memory.need(report, recipe(batch_size=batch, ema=0.9), "cpu")
    assert (need.weights, need.gradients, need.optimizer, need.average) == (weights, weights, 2 * weights, weights)
    hidden = 4 * 100 * batch
    # The input, what the two layers give, and twice the largest for gradients; flatten makes nothing new.
    assert need.activations == 4 * 64 * batch + hidden + 4 * 10 * batch + 2 * hidden
    sgd = recipe(optimizer={"id": "sgd", "momentum": 0.0}, batch_size=batch)
    assert memory.need(report, sgd, "cpu").optimizer == 0
    assert memory.need(report, sgd, "cpu").average == 0


def test_what_training_alone_has_counts_too() -> None:
    batch = 32
    b = Builder("aided", task="image_classification", doc="For tests.")
    flat = b.add("flat", "flatten", b.input("image", "image", C=1, H=8, W=8))
    b.output("logits", b.add("head", "linear", flat, out_features=10))
    plain = memory.need(analyze(b.build(), batch=batch), recipe(batch_size=batch), "cpu")
    b.output("aid", b.add("aid_head", "linear", flat, out_features=10), weight=0.3)
    aided = memory.need(analyze(b.build(), batch=batch), recipe(batch_size=batch), "cpu")
    more = 4 * (64 * 10 + 10)
    assert (aided.weights, aided.gradients) == (plain.weights + more, plain.gradients + more)
    assert aided.activations == plain.activations + 4 * 10 * batch


def test_a_limit_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_MAX_MEMORY", "much")
    with pytest.raises(MemoryFault, match="BLOCKYARD_MAX_MEMORY is 'much'"):
        memory.limit()


def test_over_the_limit_is_refused_with_figure_limit_and_remedy(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKYARD_MAX_MEMORY", "1G")
    with pytest.raises(MemoryFault, match=r"needs about .*GB, more than the limit of 1.07 GB.*make the design smaller"):
        run(perceptron(60_000, layers=2), digits, recipe(), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    monkeypatch.setenv("BLOCKYARD_MAX_MEMORY", "600M")
    with pytest.raises(MemoryFault, match=r"set batch_size to [\d,]+ or less"):
        run(perceptron(10_000), digits, recipe(batch_size=65_536), tmp_path / "run")


def test_the_limit_is_a_share_of_the_machine_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BLOCKYARD_MAX_MEMORY", raising=False)
    most, source = memory.limit()
    assert most == int(0.8 * machine_memory())
    assert "80%" in source
