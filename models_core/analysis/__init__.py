"""What a design costs before anything is allocated."""

from .latency import predict_ms
from .report import Report, analyze
from .speed import Finding, Speed, speed

__all__ = ["Finding", "Report", "Speed", "analyze", "predict_ms", "speed"]
