"""What a machine has left: processor, memory, disk, GPUs. Asked without loading torch."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from django.conf import settings

logger = logging.getLogger(__name__)

SMI_S = 2.0
SMI = ("name", "utilization.gpu", "memory.used", "memory.total")


@dataclass(frozen=True)
class Gpu:
    """One GPU as nvidia-smi has it; memory in bytes."""

    name: str
    percent: float
    memory_used: int
    memory_total: int


@dataclass(frozen=True)
class Machine:
    """The load of one machine; memory and disk in bytes, the disk being that of the data folder."""

    host: str
    cores: int
    cpu_percent: float
    memory_used: int
    memory_total: int
    disk_used: int
    disk_total: int
    gpus: list[Gpu] = field(default_factory=list)


def read(since_last: bool = False) -> Machine:
    """This machine now. `since_last`: the processor's load since the last call, for who asks every few seconds."""
    memory = psutil.virtual_memory()
    folder = Path(settings.BLOCKYARD_DATA)
    disk = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists()))
    return Machine(
        host=socket.gethostname(),
        cores=psutil.cpu_count() or 1,
        cpu_percent=psutil.cpu_percent(None if since_last else 0.1),
        memory_used=memory.total - memory.available,
        memory_total=memory.total,
        # What only root may still write is not free for us.
        disk_used=disk.total - disk.free,
        disk_total=disk.total,
        gpus=gpus(),
    )


def gpus() -> list[Gpu]:
    """The GPUs that nvidia-smi names; none where there is no such program, or where it hangs."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, f"--query-gpu={','.join(SMI)}", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=SMI_S, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        logger.debug("nvidia-smi did not answer: %s", error)
        return []
    return [_gpu(line) for line in said.splitlines() if line.count(",") >= len(SMI) - 1]


def _gpu(line: str) -> Gpu:
    name, percent, used, total = (part.strip() for part in line.rsplit(",", len(SMI) - 1))
    return Gpu(name, _number(percent), int(_number(used) * 2**20), int(_number(total) * 2**20))


def _number(text: str) -> float:
    """Some GPUs do not measure everything and say "[N/A]"."""
    try:
        return float(text)
    except ValueError:
        return 0.0
