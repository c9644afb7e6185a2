"""The doorbell: tells web processes that a run has news. A ring may be lost; readers also poll."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

# A Redis that does not answer must not pile up rings.
MOST_WAITING = 256
PATIENCE_S = 2.0


def group(pid: str) -> str:
    """The channel layer's group of a run."""
    return f"run.{pid}"


class _Bell:
    """One event loop in a thread of its own: the channel layer keeps its connection per loop, so it is opened once."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.waiting = 0
        threading.Thread(target=self._serve, name="doorbell", daemon=True).start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def ring(self, pid: str) -> None:
        if self.waiting < MOST_WAITING:
            self.waiting += 1
            self.loop.call_soon_threadsafe(lambda: self.loop.create_task(self._send(pid)))

    async def _send(self, pid: str) -> None:
        try:
            layer = get_channel_layer()
            await asyncio.wait_for(layer.group_send(group(pid), {"type": "run.ring"}), PATIENCE_S)
        except Exception as error:
            # Redis may be down or restarting; whoever waits for this ring polls every two seconds.
            logger.debug("ring for %s was lost: %s", pid, error)
        finally:
            self.waiting -= 1


_lock = threading.Lock()
_bell: _Bell | None = None


def ring(pid: str) -> None:
    """Tell whoever watches the run `pid`; returns at once and never raises."""
    global _bell
    with contextlib.suppress(RuntimeError), _lock:
        # A thread does not survive a fork.
        if _bell is None or _bell.pid != os.getpid():
            _bell = _Bell()
        _bell.ring(pid)
