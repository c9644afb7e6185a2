"""Serving: exported models answering requests on onnxruntime. Nothing in here imports PyTorch."""

from ._limits import ServingLimits
from ._network import CannotServe, Network
from .generate import GenerateRunner
from .pool import Pool, Runner, open_runner
from .single import SingleRunner, widget_of

__all__ = [
    "CannotServe",
    "GenerateRunner",
    "Network",
    "Pool",
    "Runner",
    "ServingLimits",
    "SingleRunner",
    "open_runner",
    "widget_of",
]
