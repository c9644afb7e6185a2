"""Small exported models of each kind, as a training leaves them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from models_core import registry
from models_core.compile import bind, build
from models_core.data import batches, open_dataset, preprocess_for
from models_core.data.preprocess import Preprocess
from models_core.design import Builder, Design
from models_core.export.onnx import export
from models_core.tasks import design_facts


def table_design() -> Design:
    b = Builder("rows", task="tabular_classification")
    x = b.input("row", "table", F=3)
    b.output("logits", b.add("fc", "linear", x, out_features=3))
    return b.build()


def text_design() -> Design:
    b = Builder("texts", task="text_classification")
    x = b.input("tokens", "tokens", L=12)
    x = b.add("embed", "embedding", x, num_embeddings=256, embedding_dim=8)
    b.output("logits", b.add("fc", "linear", b.add("pool", "token_pool", x), out_features=2))
    return b.build()


def language_design(length: int = 16) -> Design:
    """A causal network that knows the byte at hand only."""
    b = Builder("bytes", task="byte_lm")
    x = b.input("tokens", "tokens", L=length)
    x = b.add("embed", "embedding", x, num_embeddings=256, embedding_dim=8)
    b.output("logits", b.add("head", "linear", x, out_features=256))
    return b.build()


COLUMNS = [
    {"name": "height", "kind": "number", "mean": 2.0, "std": 4.0},
    {"name": "colour", "kind": "category", "values": ["red", "blue"]},
]
DOCUMENTS: dict[str, dict[str, Any]] = {
    "table": {
        "inputs": {"row": {"kind": "table", "columns": COLUMNS}},
        "target": {"kind": "class", "names": ["a", "b", "c"]},
    },
    "text": {
        "inputs": {"tokens": {"kind": "tokens", "length": 12}},
        "target": {"kind": "class", "names": ["bad", "good"]},
    },
    "language": {"inputs": {"tokens": {"kind": "tokens", "length": 16}}, "target": {"kind": "bytes"}},
}
DESIGNS = {"table": table_design, "text": text_design, "language": language_design}


def exported(kind: str, folder: Path, seed: int = 0) -> Path:
    """A folder with a model of that kind, its weights random."""
    bound = bind(DESIGNS[kind]())
    torch.manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    export(build(bound), bound, folder / "model.onnx", Preprocess.model_validate(DOCUMENTS[kind]))
    return folder


def trained_on_digits(folder: Path, epochs: int = 10) -> tuple[Path, float]:
    """A run's folder with LeNet-5 trained on digits, and its accuracy on the test set."""
    dataset = open_dataset("digits", cache=folder / "cache")
    bound = bind(registry.get("design", "lenet5").obj(), design_facts(dataset.facts()))
    preprocess = preprocess_for(dataset, bound)
    torch.manual_seed(0)
    module = build(bound)
    optimizer = torch.optim.Adam(module.parameters(), 3e-3)
    for epoch in range(epochs):
        for batch in batches(dataset.split("train"), preprocess, 64, 0, epoch):
            loss = torch.nn.functional.cross_entropy(module(batch["image"]), batch["target"], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    module.eval()
    right = total = 0
    with torch.no_grad():
        for batch in batches(dataset.split("test"), preprocess, 128, shuffle=False):
            right += int((module(batch["image"]).argmax(1) == batch["target"]).sum())
            total += len(batch["target"])
    export(module, bound, folder / "model.onnx")
    run = {"format": "blockyard.run", "version": 1, "preprocess": preprocess.model_dump(mode="json")}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder, right / total
