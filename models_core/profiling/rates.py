"""How fast this machine computes: a few figures from which a latency can be predicted without running the network."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from .latency import eager_latency


@dataclass(frozen=True)
class Rates:
    """Multiply-adds and bytes per second of one forward, and the seconds that starting an operation takes."""

    macs_per_s: float
    bytes_per_s: float
    operation_s: float
    device: str
    threads: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_rates(device: torch.device, seconds: float = 0.3) -> Rates:
    """Measure the rates on a device with torch's present number of threads, about `seconds` for each of three.

    The three are small networks of the kinds people draw: where starting operations, memory, or arithmetic decides.
    """
    unit = [nn.Conv2d(8, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()]
    short = nn.Sequential(*unit * 8).to(device)
    operation_s = _seconds(short, torch.randn(1, 8, 4, 4, device=device), seconds) / len(short)
    features = 3072
    matrix = nn.Linear(features, features).to(device)
    matrix_s = _seconds(matrix, torch.randn(1, features, device=device), seconds)
    deep = nn.Sequential(*(nn.Conv2d(128, 128, 3, padding=1) for _ in range(4))).to(device)
    deep_s = _seconds(deep, torch.randn(1, 128, 28, 28, device=device), seconds)
    return Rates(
        macs_per_s=4 * 128 * 128 * 9 * 28 * 28 / max(deep_s - 4 * operation_s, 1e-9),
        bytes_per_s=4 * features**2 / max(matrix_s - operation_s, 1e-9),
        operation_s=operation_s,
        device=device.type,
        threads=torch.get_num_threads(),
    )


def _seconds(module: nn.Module, x: torch.Tensor, seconds: float) -> float:
    return eager_latency(module, (x,), seconds=seconds, max_runs=2000).p50_ms / 1000
