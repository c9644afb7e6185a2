"""`rates`: how fast this machine computes."""

from __future__ import annotations

import argparse

from models_core.profiling import measure_rates
from models_core.training import device as devices

from ._common import show


def run(arguments: argparse.Namespace) -> int:
    """Print multiply-adds and bytes per second and the time an operation takes to start, with one CPU thread."""
    device = devices.choose(arguments.device)
    devices.keep_freed_memory()
    devices.set_threads(1)
    found = measure_rates(device, arguments.seconds)
    if arguments.json:
        show(found.to_json())
        return 0
    print(
        f"{found.macs_per_s / 1e9:,.1f} G multiply-adds/s, {found.bytes_per_s / 1e9:,.1f} GB/s, "
        f"{found.operation_s * 1e6:,.1f} µs to start an operation; {devices.describe(device)}, {found.threads} thread"
    )
    return 0
