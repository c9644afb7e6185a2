"""Before Django: /healthz, /readyz and /metrics, and for every request an id, its time and a line in the log.

They are answered here so that they need no database, no Host header and none of the threads that answer people.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

from playground.web.jsons import dumps

from . import logs, metrics, ready

logger = logging.getLogger("playground.requests")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Answer = tuple[int, bytes, str]

# Where Django's handler leaves the pattern of the address that answered: one name for a million runs.
SEEN_KEY = "blockyard.seen"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
# What a proxy adds: behind one, everybody comes from its address.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
JSON, TEXT = "application/json", "text/plain; version=0.0.4; charset=utf-8"


def doors(app: App) -> App:
    """`app` with the doors of the house beside it."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            with metrics.SOCKETS.track_inprogress():
                await app(scope, receive, send)
        elif scope["type"] != "http":
            await app(scope, receive, send)
        elif scope["path"] in DOORS and scope["method"] in ("GET", "HEAD"):
            status, body, kind = await DOORS[scope["path"]](scope)
            await _send(send, status, b"" if scope["method"] == "HEAD" else body, kind)
        else:
            await _watched(app, scope, receive, send)

    return answered


async def _watched(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    headers = _headers(scope)
    given = headers.get("x-request-id", "")
    id = given if GIVEN_ID.match(given) else secrets.token_hex(8)
    seen: dict[str, str] = {}
    status, began, first = 500, time.perf_counter(), None

    async def sending(message: Message) -> None:
        nonlocal status, first
        if message["type"] == "http.response.start":
            status, first = message["status"], time.perf_counter()
            message = {**message, "headers": [*message.get("headers", ()), (b"x-request-id", id.encode())]}
        await send(message)

    token = logs.request.set(id)
    try:
        await app({**scope, SEEN_KEY: seen}, receive, sending)
    finally:
        seconds = (first or time.perf_counter()) - began
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = seen.get("route", "none")
        metrics.ANSWERS.labels(method, route).observe(seconds)
        metrics.STATUSES.labels(method, route, status).inc()
        if settings.BLOCKYARD_LOG_REQUESTS:
            path = logs.plain(scope["path"])
            facts = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 1)}
            logger.info("%s %s %d", method, path, status, extra=facts)
        logs.request.reset(token)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin1").lower(): value.decode("latin1") for name, value in scope["headers"]}


async def _send(send: Send, status: int, body: bytes, kind: str) -> None:
    headers = [("content-type", kind), ("content-length", str(len(body))), ("cache-control", "no-store")]
    headers.append(("x-content-type-options", "nosniff"))
    encoded = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


async def _health(scope: Scope) -> Answer:
    """The event loop turns: this process need not be started again."""
    return 200, dumps({"ok": True}), JSON


async def _readiness(scope: Scope) -> Answer:
    found = await asyncio.to_thread(ready.state)
    fine = all(word == "ok" for word in found.values())
    return 200 if fine else 503, dumps({"ok": fine, "checks": found}), JSON


async def _metrics(scope: Scope) -> Answer:
    if not _may_read(scope):
        # As for any address that does not exist: who may not read has nothing to find here.
        return 404, dumps({"ok": False}), JSON
    try:
        return 200, await asyncio.to_thread(metrics.page), TEXT
    except Exception as error:
        logger.warning("the metrics could not be read: %s", error)
        return 503, dumps({"ok": False}), JSON


def _may_read(scope: Scope) -> bool:
    headers = _headers(scope)
    wanted = settings.BLOCKYARD_METRICS_TOKEN
    if wanted is not None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), wanted.encode())
    if any(name in headers for name in FORWARDED) or re.sub(r":\d+\Z", "", headers.get("host", "")) not in LOOPBACK:
        return False
    try:
        return ipaddress.ip_address((scope.get("client") or ("",))[0]).is_loopback
    except ValueError:
        return False


DOORS: dict[str, Callable[[Scope], Awaitable[Answer]]] = {
    "/healthz": _health,
    "/readyz": _readiness,
    "/metrics": _metrics,
}
