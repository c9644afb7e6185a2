"""What a Celery worker node does besides its tasks: device slots, the sweep, and stopping in time."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import signals
from django.conf import settings

from .sweep import Sweeper

logger = logging.getLogger(__name__)

# Set when this worker is told to end: supervisors stop their engines and give the runs back.
stopping = threading.Event()


def devices() -> list[str]:
    """The accelerators of this machine as CUDA_VISIBLE_DEVICES would name them; counted without loading torch."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [name for name in named.split(",") if name.strip() not in ("", "-1")]
    found = (re.fullmatch(r"nvidia(\d+)", path.name) for path in Path("/dev").glob("nvidia*"))
    return sorted(match[1] for match in found if match)


def slot_count() -> int:
    """How many runs this machine trains at once: BLOCKYARD_RUN_SLOTS, else one for each device, at least one."""
    return settings.BLOCKYARD_RUN_SLOTS or max(1, len(devices()))


class Slots:
    """The places for runs in this process; each has its own device where there are any."""

    def __init__(self, count: int, names: list[str]) -> None:
        self._lock = threading.Lock()
        self.count = count
        self._free = list(range(count))
        self._names = names

    @property
    def free(self) -> int:
        return len(self._free)

    @contextmanager
    def take(self) -> Iterator[dict[str, str] | None]:
        """One slot's environment for its engine, or None when all are taken."""
        with self._lock:
            slot = self._free.pop(0) if self._free else None
        if slot is None:
            yield None
            return
        try:
            names = self._names
            yield {"CUDA_VISIBLE_DEVICES": names[slot % len(names)]} if names else {}
        finally:
            with self._lock:
                self._free.append(slot)


_slots: Slots | None = None
_slots_lock = threading.Lock()


def slots() -> Slots:
    global _slots
    with _slots_lock:
        if _slots is None:
            _slots = Slots(slot_count(), devices())
        return _slots


_sweeper: Sweeper | None = None


@signals.worker_ready.connect
def _start_sweep(sender: Any = None, **_: Any) -> None:
    """Every node observes; the changes it makes are conditional, so two observers do not disturb each other."""
    global _sweeper
    queues = {queue.name for queue in sender.task_consumer.queues} if sender is not None else set()
    _sweeper = Sweeper(takes_runs="runs" in queues, takes_io="io" in queues)
    _sweeper.start()


@signals.worker_shutting_down.connect
def _stop(**_: Any) -> None:
    stopping.set()
    if _sweeper is not None:
        _sweeper.stop()
