"""The gate before Django: says no to a request before its body is read, and keeps large bodies out of memory.

Django reads the whole body of an ASGI request before the first middleware runs, so neither a permission check nor a
size limit in a view can spare the machine an upload. The gate wraps Django's ASGI application:

- what is asked for too often is answered 429, with the time to wait;
- a body longer than its path allows is answered 413 after its headers;
- a body of more than a sign-in form's size needs a session or a token, else 401;
- bodies of the upload paths are written to a temporary file below the data folder as they arrive; Django then sees an
  empty body and the file in `request.scope["blockyard.body"]`.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from importlib import import_module
from pathlib import Path
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.http import HttpRequest

from playground.ops import disk

from . import limits, rates
from .errors import CODES, SIGN_IN
from .errors import body as error_body
from .jsons import dumps

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Parts = AsyncIterator[bytes]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_KEY = "blockyard.body"
FLUSH_BYTES = limits.MIB
# How much of a refused body is still taken off the wire.
SPILL_BYTES = 64 * limits.MIB
SPILL_SECONDS = 5.0


class TooLarge(Exception):
    """The body went on past its limit."""


class Gone(Exception):
    """The client hung up while sending."""


def incoming_folder() -> Path:
    """Where bodies land until a service takes them: on the same file system as the data, so that taking is a rename."""
    folder = Path(settings.BLOCKYARD_DATA) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def gate(app: App) -> App:
    """`app` behind the gate. Everything but HTTP passes untouched."""

    async def gated(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = {name.decode("latin1").lower(): value.decode("latin1") for name, value in scope["headers"]}
        rule = limits.rule_for(scope["method"], scope["path"])
        if rule.rate and (seconds := await rates.wait(rule.rate, headers, _address(scope))):
            await _refuse(scope, parts(receive), send, 429, rates.message(rule.rate, seconds), retry_after=seconds)
            return
        limit = rule.limit() if callable(rule.limit) else rule.limit
        length = _length(headers)
        if length == 0:
            await app(scope, receive, send)
            return
        if length is not None and length > limit:
            await _refuse(scope, parts(receive), send, 413, _too_large(length, limit))
            return
        large = length is None or length > limits.ANONYMOUS_BYTES or rule.to_file
        if large and not rule.by_link and not await _known(headers):
            await _refuse(scope, parts(receive), send, 401, SIGN_IN)
            return
        if rule.to_file and disk.too_low_to_begin():
            await _refuse(scope, parts(receive), send, 507, f"{disk.message()} {disk.REMEDY}")
            return
        if rule.to_file:
            await _through_file(app, scope, receive, send, limit)
        elif length is None:
            await _counted(app, scope, receive, send, limit)
        else:
            # The server enforces Content-Length, so a body with one cannot outgrow it.
            await app(scope, receive, send)

    return gated


def _length(headers: dict[str, str]) -> int | None:
    """The announced length; 0 without a body, None when it is sent in chunks."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return None
    value = headers.get("content-length", "0")
    return int(value) if value.isdigit() else None


def _too_large(length: int | None, limit: int) -> str:
    got = f"The body has {length:,} bytes; " if length else "The body is too long; "
    return f"{got}at most {limit:,} are allowed here."


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _refuse(scope: Scope, rest: Parts, send: Send, status: int, message: str, retry_after: int = 0) -> None:
    if scope["path"].startswith("/api/"):
        content, kind = dumps(error_body(CODES[status], message)), b"application/json"
    else:
        content, kind = message.encode(), b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"content-length", str(len(content)).encode())]
    headers += [(b"connection", b"close"), (b"x-content-type-options", b"nosniff")]
    headers += [(b"retry-after", str(retry_after).encode())] if retry_after else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": True})
    await _spill(rest)
    await send({"type": "http.response.body", "body": b""})


async def _spill(rest: Parts) -> None:
    """Read the rest of a body for a while and keep nothing.

    Many clients send all before they look at the answer; a connection closed meanwhile tells them nothing of it.
    """
    spilt = 0
    with contextlib.suppress(TimeoutError, Gone):
        async with asyncio.timeout(SPILL_SECONDS):
            async for part in rest:
                spilt += len(part)
                if spilt > SPILL_BYTES:
                    return


async def _known(headers: dict[str, str]) -> bool:
    async with ThreadSensitiveContext():
        return await sync_to_async(_is_known)(headers)


def _is_known(headers: dict[str, str]) -> bool:
    from django.contrib.auth import get_user
    from django.db import close_old_connections

    from playground.accounts.services import user_of_token

    try:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme:
            return scheme.lower() == "bearer" and user_of_token(token.strip()) is not None
        cookie = SimpleCookie(headers.get("cookie", "")).get(settings.SESSION_COOKIE_NAME)
        if cookie is None:
            return False
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(cookie.value)
        return get_user(request).is_authenticated
    finally:
        close_old_connections()


async def _counted(app: App, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    """Read a body without announced length, up to its limit, and hand it on."""
    body, got = parts(receive), []
    size = 0
    try:
        async for part in body:
            size += len(part)
            if size > limit:
                raise TooLarge
            got.append(part)
    except TooLarge:
        await _refuse(scope, body, send, 413, _too_large(None, limit))
        return
    except Gone:
        return
    await app(scope, replay(b"".join(got), receive), send)


async def _through_file(app: App, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    folder = await asyncio.to_thread(incoming_folder)
    file = await asyncio.to_thread(tempfile.NamedTemporaryFile, dir=folder, prefix="body-", delete=False)
    path, body = Path(file.name), parts(receive)
    try:
        try:
            await _write(body, file, limit)
        except TooLarge:
            await _refuse(scope, body, send, 413, _too_large(None, limit))
            return
        except Gone:
            return
        finally:
            await asyncio.to_thread(file.close)
        await app({**scope, BODY_KEY: path}, replay(b"", receive), send)
    finally:
        # Whoever took the file has renamed it; what is still here was not wanted.
        with contextlib.suppress(FileNotFoundError):
            await asyncio.to_thread(path.unlink)


async def _write(body: Parts, file: Any, limit: int) -> None:
    size, pending, waiting = 0, [], 0
    async for part in body:
        size += len(part)
        if size > limit:
            raise TooLarge
        pending.append(part)
        waiting += len(part)
        if waiting >= FLUSH_BYTES:
            await asyncio.to_thread(file.write, b"".join(pending))
            pending, waiting = [], 0
    if pending:
        await asyncio.to_thread(file.write, b"".join(pending))


async def parts(receive: Receive) -> Parts:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        if message.get("body"):
            yield message["body"]
        more = message.get("more_body", False)


def replay(content: bytes, receive: Receive) -> Receive:
    """A `receive` that hands out `content` as the whole body and then whatever the server says (a disconnect)."""
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": content, "more_body": False}

    return replay
