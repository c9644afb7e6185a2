"""Profiling: how long a network takes, as a whole and per node, measured on this machine."""

from .latency import Latency, eager_latency, measure, node_times, onnx_latency, sample_inputs

__all__ = ["Latency", "eager_latency", "measure", "node_times", "onnx_latency", "sample_inputs"]
