"""The machine a measurement runs on: what it is, and how much else it does meanwhile."""

from __future__ import annotations

import os
import platform
import time
from typing import Any

import psutil
import torch

BUSY_CORES = 0.5
"""Where others use more of a core than this, a measurement says that the machine was busy."""


class Others:
    """How many cores other processes use, from when it is made until it is asked."""

    def __init__(self) -> None:
        self._began, self._busy, self._own = time.perf_counter(), _busy_seconds(), time.process_time()

    def cores(self) -> float:
        """The mean so far, of one core 1.0."""
        wall = max(time.perf_counter() - self._began, 1e-6)
        return round(max(0.0, _busy_seconds() - self._busy - (time.process_time() - self._own)) / wall, 2)


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal")))


def others_now(seconds: float = 0.5) -> float:
    """How many cores others use while this process sleeps."""
    others = Others()
    time.sleep(seconds)
    return others.cores()


def describe() -> dict[str, Any]:
    """The processor, its cores, and the versions of what computes."""
    import onnxruntime

    return {
        "processor": _processor(),
        "cores": psutil.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {
            "torch": str(torch.__version__),
            "onnxruntime": str(onnxruntime.__version__),
            "python": platform.python_version(),
        },
    }


def load() -> float | None:
    """Processes that ran or waited to run, the mean of the last minute; None where the system does not count them."""
    try:
        return round(os.getloadavg()[0], 2)
    except (OSError, AttributeError):
        return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
