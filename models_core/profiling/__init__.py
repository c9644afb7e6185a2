"""Profiling: how long a network takes, as a whole and per node, measured on this machine."""

from .latency import Latency, NodeCost, eager_latency, measure, node_costs, onnx_latency, sample_inputs
from .rates import Rates, measure_rates

__all__ = [
    "Latency",
    "NodeCost",
    "Rates",
    "eager_latency",
    "measure",
    "measure_rates",
    "node_costs",
    "onnx_latency",
    "sample_inputs",
]
