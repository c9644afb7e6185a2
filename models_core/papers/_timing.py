"""Times of several networks on one core, taken in turns, so that what else the machine does falls on all alike."""

from __future__ import annotations

import time
from collections.abc import Mapping

import torch
from torch import Tensor, nn


def times_in_turns(
    modules: Mapping[str, nn.Module], inputs: Mapping[str, Tensor], *, turns: int = 15, warmup: int = 2
) -> dict[str, list[float]]:
    """Milliseconds of the core's own time that each module takes for its input, in evaluation mode, turn by turn."""
    times: dict[str, list[float]] = {name: [] for name in modules}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            for turn in range(warmup + turns):
                for name, module in modules.items():
                    began = time.thread_time()
                    module.eval()(inputs[name])
                    if turn >= warmup:
                        times[name].append(1000 * (time.thread_time() - began))
    finally:
        torch.set_num_threads(threads)
    return times
