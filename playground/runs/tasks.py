"""The wake-up of workers. It names no run: which is next is one query, made by whoever wakes."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from celery import shared_task

logger = logging.getLogger(__name__)


@shared_task(name="playground.runs.tasks.wake")
def wake(queue: str = "runs") -> None:
    """Take runs from the queue and train them until there are none left or no slot is free."""
    from . import supervisor, worker

    while not worker.stopping.is_set():
        with worker.slots().take() as env:
            if env is None or not supervisor.next_run(queue, env):
                return


_ringing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="wake")
_asked: set[str] = set()


def ring_soon(queue: str = "runs") -> None:
    """Publish a wake-up from a thread of its own: a Redis that is away or hangs costs a request nothing."""
    if queue in _asked:
        return  # one wake-up is as good as two, and it has not been sent yet
    _asked.add(queue)

    def send() -> None:
        _asked.discard(queue)
        ring(queue)

    _ringing.submit(send)


def ring(queue: str = "runs") -> bool:
    """Publish a wake-up; False when it could not be, which costs nothing but time: the sweep rings again."""
    for last in (False, True):
        try:
            wake.apply_async(args=[queue], queue=queue, retry=False)
            return True
        except Exception as error:
            # The connection may be one of before a restart of Redis; it is opened anew by the next try.
            if last or "timeout" in type(error).__name__.lower() or "timed out" in str(error).lower():
                logger.warning("no worker could be woken (%s); the sweep will", error)
                return False
    return False
