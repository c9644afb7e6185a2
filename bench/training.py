"""Training ResNet-20 on CIFAR-10 shapes in 32 bits against a bare PyTorch loop, in processes that take turns."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from bench import Row, at_least

BATCH = 128
WARM_STEPS = 4
STEPS = 16
ROUNDS = 5
# What our command line sets before torch is loaded, and what is left to torch's defaults.
OURS = {"GOMP_SPINCOUNT": "1000"}


def run() -> list[Row]:
    """Samples per second of each side, as medians over rounds; what matters is their ratio."""
    rates: dict[str, list[float]] = {"bare": [], "ours": [], "same": [], "tuned": []}
    for _ in range(ROUNDS):
        for side, values in rates.items():
            env = {name: value for name, value in os.environ.items() if not name.startswith(("GOMP_", "OMP_"))}
            env |= OURS if side in ("ours", "tuned") else {}
            command = [sys.executable, "-m", "bench.training", side]
            done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
            values.append(float(json.loads(done.stdout)))
    median = {side: statistics.median(values) for side, values in rates.items()}
    bare = f"bare loop {median['bare']:.0f} samples/s"
    # What our defaults give without our loop: on this machine, the most that the first row could be.
    most = f"bare loop with our options ({median['tuned'] / median['bare']:.2f} x)"
    return [
        at_least(f"training ResNet-20, our defaults against a {bare}", median["ours"] / median["bare"], 1.4, "x"),
        at_least(f"training ResNet-20, same options as the {bare}", median["same"] / median["bare"], 0.97, "x"),
        at_least(f"training ResNet-20, our defaults against a {most}", median["ours"] / median["tuned"], 0.95, "x"),
    ]


def _design() -> Any:
    from models_core import registry

    design = registry.get("design", "resnet20_cifar").obj()
    design.inputs[0].dims = {"C": 3, "H": 32, "W": 32}
    return design


def _bare(tuned: bool) -> float:
    """The loop as everybody writes it, with the data in memory; tuned: with our options for memory and numbers."""
    import torch
    from sklearn.datasets import load_digits
    from torch.nn import functional

    from models_core.compile import build
    from models_core.training import device

    layout = torch.channels_last if tuned and device.keep_freed_memory() else torch.contiguous_format
    torch.set_flush_denormal(tuned)
    torch.manual_seed(0)
    model = build(_design(), {"image": {"channels": 3}, "label": {"classes": 10}})
    model.to(memory_format=layout)  # type: ignore[call-overload]  # not in torch's stubs
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    # What is learned tells in the time: a network that knows its data has gradients too small for a CPU's liking.
    digits = load_digits()
    images = torch.from_numpy(digits.images[: BATCH * 8]).float()[:, None]
    images = functional.interpolate((images - images.mean()) / images.std(), size=32).expand(-1, 3, -1, -1)
    images = images.contiguous(memory_format=layout)
    labels = torch.from_numpy(digits.target[: BATCH * 8])
    model.train()
    began = 0.0
    for step in range(WARM_STEPS + STEPS):
        if step == WARM_STEPS:
            began = time.perf_counter()
        at = step % 8 * BATCH
        x, y = images[at : at + BATCH], labels[at : at + BATCH]
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        loss.item()
    return STEPS * BATCH / (time.perf_counter() - began)


def _ours(same: bool) -> float:
    """The engine's own loop on pictures of that size, augmentation and all; its rate from its own events' times."""
    import tempfile

    from models_core.data import open_dataset
    from models_core.training import device
    from models_core.training.control import Control
    from models_core.training.events import Emitter
    from models_core.training.recipe import read
    from models_core.training.session import Source, train

    fields: dict[str, Any] = {"augmentations": [{"id": "crop", "padding": 4}, {"id": "flip"}]}
    if same:
        device.keep_freed_memory = lambda: False
        device.without_denormals = contextlib.nullcontext
        fields = {"channels_last": False, "deterministic": False}
    recipe = read(
        {
            "optimizer": {"id": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4},
            "schedule": {"id": "constant"},
            "epochs": 100,
            "eval_every_epochs": 100,
            "batch_size": BATCH,
            "device": "cpu",
            "threads": device.usable_threads(),
            **fields,
        }
    )
    control = Control()
    times: list[tuple[int, float]] = []

    def watch(event: dict[str, Any]) -> None:
        if event["type"] == "metrics":
            now = time.perf_counter()
            if event["step"] >= WARM_STEPS:
                times.append((event["step"], now))
            if times and event["step"] - times[0][0] >= STEPS:
                control.stop()

    with tempfile.TemporaryDirectory() as folder:
        dataset = open_dataset("digits", cache=os.path.join(folder, "cache"))
        train(
            _design(),
            dataset,
            recipe,
            folder,
            source=Source("digits"),
            emit=Emitter(watch),
            control=control,
            onnx=False,
        )
    (first, began), (last, ended) = times[0], times[-1]
    return (last - first) * BATCH / (ended - began)


if __name__ == "__main__":
    side = sys.argv[1]
    rate = _bare(tuned=side == "tuned") if side in ("bare", "tuned") else _ours(same=side == "same")
    print(json.dumps(rate))
