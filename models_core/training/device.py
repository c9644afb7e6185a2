"""Where training runs: device, threads, allocator, determinism."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
from collections.abc import Iterator

import torch

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_MMAP_THRESHOLD_MAX = 32 * 2**20
_TRIM_THRESHOLD = 2**31 - 1
_MACS_PER_THREAD = 100_000_000


class DeviceError(ValueError):
    """The device a recipe names is not there."""


def keep_freed_memory() -> bool:
    """Let glibc keep freed tensors' memory instead of handing it back to the kernel; whether it took effect.

    Each step frees and takes the same activations: by default glibc unmaps tensors from 128 KiB on and the kernel
    then clears new pages for the next step, which costs a fifth of a small network's training time.
    """
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    # The C parameter is an int; glibc refuses an mmap threshold above half a heap (32 MiB on 64-bit machines).
    set_mmap = mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD_MAX)
    set_trim = mallopt(_M_TRIM_THRESHOLD, _TRIM_THRESHOLD)
    return bool(set_mmap and set_trim)


def choose(name: str) -> torch.device:
    """The device of a recipe: `auto` takes a GPU where there is one. Raises DeviceError."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise DeviceError(f"the recipe asks for {name}, but no GPU is usable here; set device to auto or cpu")
        if (device.index or 0) >= torch.cuda.device_count():
            count = torch.cuda.device_count()
            raise DeviceError(f"the recipe asks for {name}, but there are {count} GPUs, cuda:0 to cuda:{count - 1}")
    return device


def describe(device: torch.device) -> str:
    """The device in words."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return str(device)


def usable_threads() -> int:
    """How many CPU cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def fitting_threads(macs: int) -> int:
    """How many threads work of that many multiply-adds a step can use: of all that are usable, one per 100 million.

    Threads meet after every operation, which on small ones costs more than it saves, and far more when another
    program runs on one of the cores.
    """
    most = usable_threads()
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdigit() and int(given) > 0:
        most = min(most, int(given))
    return max(1, min(most, macs // _MACS_PER_THREAD))


def set_threads(threads: int) -> int:
    """Use that many CPU threads; how many there are now."""
    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    return torch.get_num_threads()


@contextlib.contextmanager
def determinism(on: bool, device: torch.device) -> Iterator[None]:
    """Only deterministic algorithms, where there are any; puts the settings back afterwards."""
    before = torch.are_deterministic_algorithms_enabled()
    warn_before = torch.is_deterministic_algorithms_warn_only_enabled()
    fill = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]  # missing in torch's stubs
    benchmark = torch.backends.cudnn.benchmark
    if on and device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(on, warn_only=True)
    # Filling every fresh tensor with NaN finds bugs in torch's users, not here, and costs a pass over memory each.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = not on
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_before)
        torch.utils.deterministic.fill_uninitialized_memory = fill  # type: ignore[attr-defined]
        torch.backends.cudnn.benchmark = benchmark


@contextlib.contextmanager
def without_denormals() -> Iterator[None]:
    """Numbers below 1.2e-38 count as zero while this lasts, in threads that begin meanwhile as well.

    A network that has learned makes many of them in its gradients, and a CPU takes a hundred times as long for each.
    """
    before = float(torch.tensor(1e-40) * 1) == 0
    torch.set_flush_denormal(True)  # false where the CPU has no such mode; then nothing changes
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def rng_state(device: torch.device) -> dict[str, torch.Tensor]:
    """The state of torch's random generators that training may draw from."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_rng_state(state: dict[str, torch.Tensor], device: torch.device) -> None:
    """Put torch's random generators into a state taken by `rng_state`."""
    torch.set_rng_state(state["cpu"].cpu())
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"].cpu(), device)


@contextlib.contextmanager
def untouched_rng(device: torch.device) -> Iterator[None]:
    """Whatever happens inside draws no random number that training would have drawn."""
    state = rng_state(device)
    try:
        yield
    finally:
        set_rng_state(state, device)


def peak_memory(device: torch.device) -> int:
    """The most memory in bytes so far: of the GPU where training runs there, else of this process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
