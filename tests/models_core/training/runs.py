"""Small trainings for tests: a design with dropout and batch norm, recipes, a listener, a way to be killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from models_core.data import Dataset
from models_core.design import Builder, Design
from models_core.training.control import Control
from models_core.training.events import Emitter, Event
from models_core.training.recipe import Recipe, read
from models_core.training.session import Outcome, Source, train


class Killed(BaseException):
    """The process is gone; as an exception that nothing in the engine catches."""


class Listener:
    """Keeps every event; at the first that `until` says yes to, the run is killed."""

    def __init__(self, until: Any = None) -> None:
        self.events: list[Event] = []
        self.until = until

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if self.until is not None and self.until(event):
            raise Killed

    def of(self, type: str) -> list[Event]:
        return [event for event in self.events if event["type"] == type]

    def tests(self) -> list[Event]:
        return [event for event in self.of("metrics") if any(name.startswith("test/") for name in event["values"])]


def picture_design() -> Design:
    """A small network with everything that keeps or draws something between steps: batch norm, dropout, depthwise."""
    b = Builder("pictures", task="image_classification", doc="For tests.")
    b.facts(image={"channels": 1}, label={"classes": 10})
    x = b.input("image", "image", C="=facts.image.channels", H=8, W=8)
    x = b.add("conv", "conv2d", x, out_channels=8, kernel_size=3, padding=1)
    x = b.add("norm", "batch_norm", x)
    x = b.add("act", "relu", x)
    x = b.add("depthwise", "depthwise_conv2d", x, kernel_size=3, padding=1)
    x = b.add("drop", "dropout", x, p=0.2)
    x = b.add("pool", "global_avg_pool", x)
    b.output("logits", b.add("head", "linear", x, out_features="=facts.label.classes"))
    return b.build()


def recipe(**fields: Any) -> Recipe:
    """A recipe of two short epochs on one CPU thread."""
    document: dict[str, Any] = {
        "optimizer": {"id": "adamw", "lr": 0.003},
        "epochs": 2,
        "batch_size": 64,
        "device": "cpu",
        "threads": 1,
        **fields,
    }
    return read(document)


def run(
    design: Design,
    dataset: Dataset,
    given: Recipe,
    folder: Path,
    *,
    listener: Listener | None = None,
    control: Control | None = None,
    resume: Path | None = None,
    onnx: bool = False,
) -> Outcome:
    """Train in this process."""
    emit = Emitter(listener) if listener else Emitter()
    return train(
        design,
        dataset,
        given,
        folder,
        source=Source(dataset.name),
        emit=emit,
        control=control,
        resume=resume,
        onnx=onnx,
    )


def rows(folder: Path) -> list[dict[str, Any]]:
    """The metric rows that a run left."""
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
