"""What a design costs before anything is allocated."""

from .latency import predict_ms
from .report import Report, analyze

__all__ = ["Report", "analyze", "predict_ms"]
