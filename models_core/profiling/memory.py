"""The memory a forward takes: what a process, or a GPU, holds at most beyond what it held before."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

_SELF = Path("/proc/self")


def growth(call: Callable[[], Any], device: torch.device | str = "cpu") -> int | None:
    """Bytes of memory in use at the worst moment of a call beyond those before it; None where nobody can tell.

    On a GPU it is what torch holds there. On the CPU it is what the system counts for this process, on Linux alone:
    pages that an earlier call has left are given back first, so they count as well.
    """
    device = torch.device(device)
    gc.collect()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        call()
        torch.cuda.synchronize(device)
        return int(torch.cuda.max_memory_allocated(device)) - before
    if not _begin():
        call()
        return None
    before = _resident("VmRSS")
    call()
    return max(0, _resident("VmHWM") - before)


def _begin() -> bool:
    """Give free memory back to the system and let its highest mark start from here; whether that can be done."""
    if sys.platform != "linux":
        return False
    try:
        ctypes.CDLL(None).malloc_trim(0)
        (_SELF / "clear_refs").write_text("5")
    except (OSError, AttributeError):
        return False
    return True


def _resident(name: str) -> int:
    for line in (_SELF / "status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0
