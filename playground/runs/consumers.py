"""The socket of a run page: checks who asks, then sends events in order, one batch at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from . import feed, journal
from .models import Run
from .wire import Event, dumps

logger = logging.getLogger(__name__)

# What the page can tell apart; it does not come back after these.
NOT_SIGNED_IN, NOT_FOUND, GONE = 4401, 4404, 4410
RECHECK_S = 30.0
BATCH = 500


class RunConsumer(AsyncWebsocketConsumer):
    """`/ws/runs/{id}/?after=SEQ`: sends `{"seq", "events"}`; a `reset` event says to load the snapshot first."""

    pump: asyncio.Task[None] | None = None
    token: str | None = None

    async def connect(self) -> None:
        headers = {name.lower(): value.decode("latin1") for name, value in self.scope["headers"]}
        token = self.token = bearer(headers)
        if not may_come_from(headers, self.scope.get("scheme", "ws"), with_token=token is not None):
            await self.close()  # before accepting: HTTP 403
            return
        await self.accept()
        self.user = await self._who(token)
        if self.user is None or not self.user.is_authenticated:
            await self.close(NOT_SIGNED_IN)
            return
        pid = self.scope["url_route"]["kwargs"]["pid"]
        run_id = await feed.in_database(_visible, self.user.pk, pid)
        if run_id is None:
            await self.close(NOT_FOUND)
            return
        after = parse_qs(self.scope.get("query_string", b"").decode("latin1")).get("after", ["0"])[0]
        seq = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
        self.pump = asyncio.create_task(self._send_all(run_id, pid, seq))

    async def _who(self, token: str | None) -> Any:
        if token is None:
            return self.scope.get("user")
        from playground.accounts.services import user_of_token

        return await feed.in_database(user_of_token, token)

    async def _still_signed_in(self) -> bool:
        """Whether the token or the session that opened this socket is there yet."""
        if self.token is not None:
            return await self._who(self.token) is not None
        session = self.scope["session"]
        return bool(await feed.in_database(session.exists, session.session_key))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Nothing is expected from a browser."""

    async def disconnect(self, code: int) -> None:
        if self.pump is not None:
            self.pump.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self.pump

    async def _send_all(self, run_id: int, pid: str, seq: int) -> None:
        source = await feed.join(run_id, pid)
        checked, first = time.monotonic(), True
        try:
            while True:
                if time.monotonic() - checked > RECHECK_S:
                    checked = time.monotonic()
                    if not await self._still_signed_in():
                        await self.close(NOT_SIGNED_IN)
                        return
                    if await feed.in_database(_visible, self.user.pk, pid) is None:
                        await self.close(NOT_FOUND)
                        return
                if source.gone:
                    await self.close(GONE)
                    return
                # The first look goes to the database: what the page claims to have may be another history's number.
                events = None if first else source.since(seq)
                first = False
                if events is None:
                    found = await feed.in_database(journal.after, run_id, seq)
                    if found is None:
                        seq = await feed.in_database(_last_seq, run_id)
                        await self._batch(seq, [{"type": "reset", "seq": seq}])
                        continue
                    events = found[1]
                if events:
                    events = events[:BATCH]
                    seq = events[-1]["seq"]
                    # The next is made only when this one has left: a slow browser gets larger batches, not a queue.
                    await self._batch(seq, events)
                else:
                    await source.wait(seq, feed.POLL_S)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            logger.warning("the socket of run %s ends: %s", pid, error)
            with contextlib.suppress(Exception):
                await self.close(1011)
        finally:
            await feed.leave(source)

    async def _batch(self, seq: int, events: list[Event]) -> None:
        await self.send(text_data=dumps({"seq": seq, "events": events}))


def bearer(headers: dict[bytes, str]) -> str | None:
    scheme, _, token = headers.get(b"authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def may_come_from(headers: dict[bytes, str], scheme: str, with_token: bool) -> bool:
    """Whether a handshake's origin is our own page: same scheme, host and port. Without an origin, only with a token.

    Browsers send cookies along with any page's handshake, and no CSRF token; the origin is what they cannot forge.
    """
    host = headers.get(b"host", "")
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    origin = headers.get(b"origin")
    if origin is None:
        return with_token
    if origin in getattr(settings, "CSRF_TRUSTED_ORIGINS", ()):
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme == {"ws": "http", "wss": "https"}.get(scheme) and parts.netloc.lower() == host.lower()


def _visible(user_id: int, pid: str) -> int | None:
    from playground.accounts.models import User

    user = User.objects.filter(pk=user_id, is_active=True).first()
    return None if user is None else Run.objects.visible_to(user).filter(pid=pid).values_list("pk", flat=True).first()


def _last_seq(run_id: int) -> int:
    return Run.objects.filter(pk=run_id).values_list("last_seq", flat=True).first() or 0
