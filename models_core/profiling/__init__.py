"""Profiling: how long a network takes, as a whole and per node, measured on this machine."""

from .latency import Latency, eager_latency, measure, node_times, onnx_latency, sample_inputs
from .rates import Rates, measure_rates

__all__ = [
    "Latency",
    "Rates",
    "eager_latency",
    "measure",
    "measure_rates",
    "node_times",
    "onnx_latency",
    "sample_inputs",
]
