"""Tasks: what a network is asked to do with data, how that is judged, and how its outputs become an answer.

Names are loaded when first used, so that `answer` and `stream_bytes`, which serving needs, do without PyTorch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._answer import answer
    from ._base import Binding, Evaluator, Task, design_facts, get_objective, get_task
    from ._generate import stream_bytes
    from .byte_lm import generate

_HOME = {
    "Binding": "_base",
    "Evaluator": "_base",
    "Task": "_base",
    "answer": "_answer",
    "design_facts": "_base",
    "generate": "byte_lm",
    "get_objective": "_base",
    "get_task": "_base",
    "stream_bytes": "_generate",
}

__all__ = [
    "Binding",
    "Evaluator",
    "Task",
    "answer",
    "design_facts",
    "generate",
    "get_objective",
    "get_task",
    "stream_bytes",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
