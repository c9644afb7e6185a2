"""One feed per run and web process: reads new events once and hands them to all its sockets."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import close_old_connections

from . import bell, journal
from .models import Run
from .wire import Event

logger = logging.getLogger(__name__)

POLL_S = 2.0
# Events kept for sockets that are a little behind; the others read the database themselves.
KEEP = 1_000
T = TypeVar("T")

# Feeds do not queue behind page views, which share one thread with all other synchronous code.
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="feed")


async def in_database(function: Callable[..., T], *args: Any) -> T:
    """Run a database read in the feeds' own threads."""

    def call() -> T:
        close_old_connections()
        try:
            return function(*args)
        finally:
            close_old_connections()

    return await sync_to_async(call, thread_sensitive=False, executor=_pool)()


class Feed:
    """The tail of one run's events, kept up to date while anybody listens."""

    def __init__(self, run_id: int, pid: str) -> None:
        self.run_id, self.pid = run_id, pid
        self.tail: list[Event] = []
        self.seq = 0
        self.listeners = 0
        self.gone = False
        self._rung = asyncio.Event()
        self._news = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._hear())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def since(self, seq: int) -> list[Event] | None:
        """The events after `seq` as far as the feed has read; None when the tail does not reach back that far."""
        if seq >= self.seq:
            return []
        if not self.tail or seq < self.tail[0]["seq"] - 1:
            return None
        return self.tail[len(self.tail) - (self.seq - seq) :]

    async def wait(self, seq: int, timeout: float) -> None:
        """Return when there is something after `seq`, or after `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait_for(lambda: self.seq > seq or self.gone)

    async def _follow(self) -> None:
        """Read after each ring, and every two seconds in case a ring was lost."""
        while not self.gone:
            try:
                await self._read()
            except Exception as error:
                logger.warning("the events of run %s could not be read: %s", self.pid, error)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._rung.wait()
            self._rung.clear()

    async def _read(self) -> None:
        if self.seq == 0 and not self.tail:
            last = await in_database(_last_seq, self.run_id)
            self.seq = last or 0
            self.gone = last is None
            await self._tell()
            return
        while True:
            found = await in_database(journal.after, self.run_id, self.seq)
            if found is None:
                # Out of reach, or the run is gone: the sockets find out by themselves.
                last = await in_database(_last_seq, self.run_id)
                self.tail, self.seq, self.gone = [], last or 0, last is None
                break
            if not found[1]:
                return
            self.tail = (self.tail + found[1])[-KEEP:]
            self.seq = found[0]
            await self._tell()
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _hear(self) -> None:
        """Listen at the doorbell; after a restart of Redis, listen again."""
        while True:
            layer: Any = get_channel_layer()
            try:
                channel = await layer.new_channel()
                await layer.group_add(bell.group(self.pid), channel)
                while True:
                    await layer.receive(channel)
                    self._rung.set()
            except asyncio.CancelledError:
                with contextlib.suppress(Exception):
                    await layer.group_discard(bell.group(self.pid), channel)
                raise
            except Exception as error:
                logger.debug("the doorbell of run %s is silent: %s", self.pid, error)
                await asyncio.sleep(POLL_S)


def _last_seq(run_id: int) -> int | None:
    return Run.objects.filter(pk=run_id).values_list("last_seq", flat=True).first()


_feeds: dict[tuple[int, int], Feed] = {}


async def join(run_id: int, pid: str) -> Feed:
    """The feed of a run in this process, opened for its first listener."""
    key = (id(asyncio.get_running_loop()), run_id)
    feed = _feeds.get(key)
    if feed is None or feed.gone:
        feed = _feeds[key] = Feed(run_id, pid)
        feed.open()
    feed.listeners += 1
    return feed


async def leave(feed: Feed) -> None:
    """The last listener closes the feed."""
    feed.listeners -= 1
    if feed.listeners <= 0:
        key = (id(asyncio.get_running_loop()), feed.run_id)
        if _feeds.get(key) is feed:
            del _feeds[key]
        await feed.close()
