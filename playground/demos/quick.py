"""The short way to a prediction: what was allowed a moment ago is answered without asking the database again.

Most of what a prediction costs is who may ask for it. The first request goes the whole way through Django. Another one
that brings the same credentials, byte for byte, within BLOCKYARD_BRIEF_SECONDS is answered from the event loop, with
the headers of the first. Whatever is unusual goes the whole way again, so that every error is said in one place.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from pydantic import ValidationError

from models_core.serving import SingleRunner
from playground.accounts.models import ApiToken, User
from playground.ops.doors import SEEN_KEY
from playground.runs.models import Run
from playground.web import jsons
from playground.web.gate import App, Gone, Message, Receive, Scope, Send, parts, replay

from . import pool, services
from .models import Demo
from .schemas import PredictIn

PATH = re.compile(r"/api/demos/[0-9a-z]+/predict/?\Z")
# Where the view leaves the run that it answered with, and how long the model took.
ANSWERED_KEY = "blockyard.demo"
# Headers that are the request's own, and the answer's: all others say who asks, and for how long that is known.
OWN = (b"content-length", b"set-cookie", b"date")
# A larger body, or a model that last took longer, is answered in a thread: the event loop belongs to everybody.
INLINE_BYTES, INLINE_MS = 16 * 1024, 3.0
MAX_KNOWN = 10_000


@dataclass
class Allowed:
    """A request that was answered: until when the same may be asked again, of which model, under which headers."""

    until: float
    run: Run
    last_ms: float
    headers: list[tuple[bytes, bytes]]
    route: str


_known: dict[bytes, Allowed] = {}
_changes = 0


def remember(request: HttpRequest, run: Run, took_ms: float) -> None:
    """Note, for the way back, that a request was allowed, and what it asked."""
    scope = getattr(request, "scope", None)
    if scope is not None:
        scope[ANSWERED_KEY] = (run, took_ms)


@receiver([post_save, post_delete])
def forget(sender: type[Any], update_fields: Any = None, **_: Any) -> None:
    """What was changed here counts at once: a demo, a sign-out, a token, a user, a run that goes into the trash."""
    global _changes
    trashed = sender is Run and "trashed" in (update_fields or ())
    if trashed or sender in (Demo, Session, ApiToken, User):
        _changes += 1
        _known.clear()


def quick(app: App) -> App:
    """`app` with the short way before it."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not PATH.match(scope["path"]):
            await app(scope, receive, send)
            return
        key = _key(scope)
        allowed = _known.get(key)
        if allowed is None or allowed.until < time.monotonic():
            await _whole_way(app, scope, receive, send, key)
            return
        try:
            body = b"".join([part async for part in parts(receive)])
        except Gone:
            return
        answer = await _predicted(allowed, body)
        if answer is None:
            await app(scope, replay(body, receive), send)
            return
        if SEEN_KEY in scope:
            scope[SEEN_KEY]["route"] = allowed.route
        headers = [*allowed.headers, (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return answered


def _key(scope: Scope) -> bytes:
    said = [(name, value) for name, value in scope["headers"] if name not in OWN]
    return hashlib.sha256(repr((scope["path"], scope.get("query_string"), said)).encode()).digest()


async def _whole_way(app: App, scope: Scope, receive: Receive, send: Send, key: bytes) -> None:
    headers: list[tuple[bytes, bytes]] = []

    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            headers.extend((name, value) for name, value in message["headers"] if name.lower() not in OWN)
        await send(message)

    before = _changes
    await app(scope, receive, watched)
    # What was changed meanwhile may no longer be allowed.
    if not headers or ANSWERED_KEY not in scope or before != _changes or not settings.BLOCKYARD_BRIEF_SECONDS:
        return
    run, took_ms = scope[ANSWERED_KEY]
    if len(_known) > MAX_KNOWN:
        _known.clear()
    until = time.monotonic() + settings.BLOCKYARD_BRIEF_SECONDS
    _known[key] = Allowed(until, run, took_ms, headers, scope.get(SEEN_KEY, {}).get("route", "none"))


async def _predicted(allowed: Allowed, body: bytes) -> bytes | None:
    """The answer; None where it takes the whole way."""
    try:
        given = PredictIn.model_validate(jsons.loads(body))
    except (jsons.BadJson, ValidationError):
        return None
    if not isinstance(pool.held(allowed.run), SingleRunner):
        return None
    try:
        if len(body) <= INLINE_BYTES and allowed.last_ms <= INLINE_MS:
            answer = services.predict(allowed.run, given)
        else:
            answer = await asyncio.to_thread(services.predict, allowed.run, given)
    except Exception:  # a fault of the request or of ours: the whole way says which, and logs it
        return None
    allowed.last_ms = answer["total_ms"]
    return jsons.dumps(answer)
