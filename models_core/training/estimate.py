"""Memory and time that a training will take, measured on a few real steps."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch

from models_core.data import Dataset, batches, steps_per_epoch
from models_core.design import Design

from . import device as devices
from . import memory
from .faults import translate
from .recipe import Recipe
from .session import set_threads
from .setup import Setup, evaluating, plan

SECONDS = 2.0
MOST_STEPS = 50


def estimate(
    design: Design, dataset: Dataset, recipe: Recipe, variables: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What training would take: bytes of memory by use, seconds per epoch with its evaluation.

    Times a few real steps, about two seconds of them, and throws the weights away. Raises what `plan` raises.
    """
    recipe = recipe.model_copy(update={"compile": False})
    devices.keep_freed_memory()
    agreed = plan(design, dataset, recipe, variables)
    threads = set_threads(agreed)
    with devices.determinism(recipe.deterministic, agreed.device):
        setup = Setup(agreed)
        try:
            step_s = _time_steps(setup)
            test_s = _time_test(setup)
        except (RuntimeError, ValueError) as error:
            fault = translate(error, recipe.batch_size)
            if fault is None:
                raise
            raise fault from error
    limit, source = memory.limit(agreed.device)
    per_epoch = step_s * setup.steps_per_epoch + test_s / recipe.eval_every_epochs
    total = None if recipe.epochs is None else per_epoch * recipe.epochs
    if recipe.seconds is not None:
        total = recipe.seconds if total is None else min(total, recipe.seconds)
    return {
        "memory_bytes": agreed.need.total,
        "memory": agreed.need.to_json(),
        "limit_bytes": limit,
        "limit_source": source,
        "seconds_per_epoch": round(per_epoch, 4),
        "evaluation_seconds": round(test_s, 4),
        "seconds": None if total is None else round(total, 2),
        "step_ms": round(step_s * 1000, 3),
        "samples_per_s": round(recipe.batch_size / step_s, 1),
        "steps_per_epoch": setup.steps_per_epoch,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "params": agreed.report.total["params"],
        "macs": agreed.report.total["macs"],
        "device": devices.describe(setup.device),
        "threads": threads,
        "notes": setup.notes,
    }


def _time_steps(setup: Setup) -> float:
    """Seconds of one training step."""
    setup.module.train()
    setup.update.set_lr(0.0)
    began = time.perf_counter()
    steps, first = 0, 0.0
    for batch in setup.batches(0):
        setup.method.step({"train": batch})
        _wait(setup.device)
        now = time.perf_counter()
        steps += 1
        if steps == 1:
            # The first step finds kernels and fills caches; it counts only where it is all there is.
            first, began = now - began, now
        if now - began >= SECONDS or steps > MOST_STEPS or (steps == 1 and first > 2 * SECONDS):
            break
    return first if steps == 1 else (time.perf_counter() - began) / (steps - 1)


def _time_test(setup: Setup) -> float:
    """Seconds of one evaluation on the test split."""
    agreed = setup.plan
    size = max(agreed.recipe.batch_size, 64)
    total = steps_per_epoch(setup.test, agreed.preprocess, size, shuffle=False)
    began = time.perf_counter()
    steps = 0
    with evaluating(setup), torch.inference_mode():
        for batch in batches(
            setup.test,
            agreed.preprocess,
            size,
            shuffle=False,
            device=setup.device,
            channels_last=setup.channels_last,
        ):
            with setup.update.autocast():
                setup.module(*(batch[name] for name in setup.inputs))
            _wait(setup.device)
            steps += 1
            if time.perf_counter() - began >= SECONDS / 4:
                break
    return (time.perf_counter() - began) / max(1, steps) * total


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
