"""Blocks that say what speaks against the weights they begin with are heard, and change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from models_core import registry
from models_core.compile import bind, build
from models_core.data import open_dataset
from models_core.design import Builder, Design
from models_core.profiling import sample_inputs
from models_core.training.doubts import doubts

from .runs import Listener, recipe, run


def design(bias: float | None) -> Design:
    b = Builder("one", doc="")
    x = b.input("x", "tokens", L=32)
    x = b.add("embed", "embedding", x, num_embeddings=8, embedding_dim=16)
    b.output("out", b.add("attend", "sigmoid_attention", x, heads=2, bias=bias))
    return b.build()


def heard(document: Design) -> list[str]:
    module = build(document).train()
    found = doubts(module, sample_inputs(bind(document), 2))
    assert module.training
    return found


def test_large_weights_are_named_with_their_path_and_a_remedy() -> None:
    torch.manual_seed(0)
    (text,) = heard(design(0.0))
    assert text.startswith("attend: ")
    assert "set bias to -3.5" in text


def test_the_usual_bias_raises_none() -> None:
    assert heard(design(None)) == []


def test_a_training_says_so_at_its_start(tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("to be or not to be, " * 100)
    b = Builder("lm", task="byte_lm", doc="")
    b.facts(text={"vocab": 256, "length": 32})
    x = b.input("tokens", "tokens", L="=facts.text.length")
    x = b.add("embed", "embedding", x, num_embeddings=256, embedding_dim=16)
    x = b.add("attend", "sigmoid_attention", x, heads=2, causal=True, bias=4.0)
    b.output("logits", b.add("head", "linear", x, out_features=256))
    listener = Listener()
    run(b.build(), open_dataset(text, tmp_path / "cache"), recipe(epochs=1), tmp_path / "run", listener=listener)
    warned = [event["message"] for event in listener.of("log") if event["level"] == "warning"]
    assert any(message.startswith("attend: the weights of a token sum to") for message in warned)


def test_blocks_that_declare_none_are_not_run() -> None:
    def fail(*_: Any) -> None:
        raise AssertionError("it was run")

    module = build(registry.get("design", "lenet5").obj())
    module.register_forward_pre_hook(fail)
    assert doubts(module, ()) == []
