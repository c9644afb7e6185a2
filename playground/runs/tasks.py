"""The wake-up of workers. It names no run: which is next is one query, made by whoever wakes."""

from __future__ import annotations

import logging

from celery import shared_task

from playground.celery import app

logger = logging.getLogger(__name__)


@shared_task(name="playground.runs.tasks.wake")
def wake(queue: str = "runs") -> None:
    """Take runs from the queue and train them until there are none left or no slot is free."""
    from . import supervisor, worker

    while not worker.stopping.is_set():
        with worker.slots().take() as env:
            if env is None or not supervisor.next_run(queue, env):
                return


def ring(queue: str = "runs") -> bool:
    """Publish a wake-up; False when it could not be, which costs nothing but time: the sweep rings again."""
    for last in (False, True):
        try:
            wake.apply_async(args=[queue], queue=queue, retry=False)
            return True
        except Exception as error:
            # The connection may be one of before a restart of Redis: once more with a new one.
            app.pool.force_close_all()
            if last:
                logger.warning("no worker could be woken (%s); the sweep will", error)
    return False
