"""Judging a network on a split."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from models_core.data import Preprocess, Split, batches
from models_core.tasks import Task


class Interrupted(Exception):
    """The evaluation was asked to stop."""


def evaluate(
    module: nn.Module,
    split: Split,
    preprocess: Preprocess,
    task: Task,
    *,
    batch_size: int = 64,
    device: torch.device | str = "cpu",
    channels_last: bool = False,
    autocast: Callable[[], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext,
    stopping: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """All figures of a task for a network in evaluation mode over a whole split.

    `progress` is told how many samples are done and how many there are; raises Interrupted when `stopping` says so.
    """
    evaluator = task.evaluator(preprocess.target)
    names = list(preprocess.inputs)
    done = 0
    with torch.inference_mode():
        for batch in batches(split, preprocess, batch_size, shuffle=False, device=device, channels_last=channels_last):
            if stopping():
                raise Interrupted
            with autocast():
                outputs = module(*(batch[name] for name in names))
            evaluator.update(outputs, batch["target"])
            done += batch["target"].shape[0]
            progress(min(done, len(split)), len(split))
    return evaluator.result()


def figures(result: dict[str, Any]) -> dict[str, float]:
    """The plain numbers of an evaluation, without its count, tables and names."""
    return {name: value for name, value in result.items() if isinstance(value, int | float) and name != "n"}
