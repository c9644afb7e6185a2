"""The ASGI handler: one thread per request from end to end, and long answers that stop when nobody listens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from playground.web.handler import Handler

threads: list[str] = []
closed = threading.Event()


def plain(request: HttpRequest) -> HttpResponse:
    threads.append(threading.current_thread().name)
    return HttpResponse(request.body.upper(), headers={"X-Path": request.path})


def endless(request: HttpRequest) -> StreamingHttpResponse:
    async def content() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
                await asyncio.sleep(0)
        finally:
            closed.set()

    return StreamingHttpResponse(content())


def three(request: HttpRequest) -> StreamingHttpResponse:
    async def content() -> AsyncIterator[bytes]:
        for part in (b"a", b"b", b"c"):
            yield part

    return StreamingHttpResponse(content())


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(Path(__file__).open("rb"))


urlpatterns = [
    path("file", file),
    path("plain", plain),
    path("endless", endless),
    path("three", three),
    path("broken", broken),
]
handler500 = "tests.playground.web.test_handler.fault"


def fault(request: HttpRequest) -> HttpResponse:
    return HttpResponse("fault", status=500)


@pytest.fixture
def handler() -> Any:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=["django.middleware.common.CommonMiddleware"]):
        yield Handler()


async def ask(handler: Handler, path: str, body: bytes = b"", leave_after: int | None = None) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    gone = asyncio.Event()
    given = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if given:
            return given.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if leave_after is not None and len(sent) > leave_after:
            gone.set()

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST" if body else "GET",
        "path": path,
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"localhost"), (b"content-length", str(len(body)).encode())],
    }
    await asyncio.wait_for(handler(scope, receive, send), 10)
    return sent


async def test_an_answer(handler: Handler) -> None:
    start, body = await ask(handler, "/plain", b"hello")
    assert start["status"] == 200
    assert (b"X-Path", b"/plain") in start["headers"]
    assert body["body"] == b"HELLO"
    assert threads[-1].startswith("request")


async def test_an_error_is_an_answer_too(handler: Handler) -> None:
    start, body = await ask(handler, "/broken")
    assert (start["status"], body["body"]) == (500, b"fault")


async def test_a_long_answer_arrives_whole(handler: Handler) -> None:
    sent = await ask(handler, "/three")
    assert b"".join(message.get("body", b"") for message in sent[1:]) == b"abc"
    assert sent[-1].get("more_body", False) is False


async def test_a_long_answer_ends_when_the_client_leaves(handler: Handler) -> None:
    closed.clear()
    sent = await ask(handler, "/endless", leave_after=3)
    assert closed.is_set()
    assert len(sent) < 1000


@pytest.mark.filterwarnings("error")
async def test_a_file_is_read_by_pieces(handler: Handler) -> None:
    sent = await ask(handler, "/file")
    assert b"".join(message.get("body", b"") for message in sent[1:]) == Path(__file__).read_bytes()
