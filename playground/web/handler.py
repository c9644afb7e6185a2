"""Django's ASGI handler with one change: a request is answered in one of a few lasting threads, from end to end.

Django's own hands every request a new thread and goes back and forth between it and the event loop for each middleware;
that, and the database connection each new thread opens, costs more than most answers here take. Our views and
middleware are plain functions. Downloads still leave as async iterators, from the event loop.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from playground.ops.doors import SEEN_KEY
from playground.settings import env

# Each thread keeps a database connection; estimates hold one for some seconds, everything else for milliseconds.
N_THREADS = env.integer("BLOCKYARD_WEB_THREADS", 12, least=2, most=256)


class Handler(ASGIHandler):
    """Runs the synchronous chain of middleware and views in a pool of threads."""

    def __init__(self) -> None:
        super(ASGIHandler, self).__init__()
        self.load_middleware(is_async=False)
        self.pool = ThreadPoolExecutor(N_THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"This answers HTTP only, not {scope['type']}.")
        await self.handle(scope, receive, send)

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        try:
            set_script_prefix(get_script_prefix(scope))
            request, response = self.create_request(scope, body)
            if request is not None:
                response = await self._in_thread(self._answer, request, scope)
            if response.streaming:
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)
        finally:
            body.close()

    async def _in_thread(self, function: Any, *args: Any) -> Any:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self.pool, context.run, function, *args)

    def _answer(self, request: Any, scope: Any) -> HttpResponseBase:
        # The signals open and close database connections, so they belong into the thread that has them.
        signals.request_started.send(sender=self.__class__, scope=scope)
        response = self.get_response(request)
        if request.resolver_match is not None:
            scope.get(SEEN_KEY, {})["route"] = request.resolver_match.route
        response._handler_class = self.__class__  # type: ignore[attr-defined]
        if response.streaming:
            # What is left to send comes from files; its close at the end sends the signal once more, harmlessly.
            signals.request_finished.send(sender=self.__class__)
        else:
            response.close()
        return response

    async def _stream(self, response: Any, receive: Any, send: Any) -> None:
        """Send a long answer until it ends or the client goes away."""
        if not response.is_async:
            # A static file: read by pieces in a thread, where Django would read the whole of it first.
            response.block_size = self.chunk_size
            response.streaming_content = self._pieces(iter(response.streaming_content))
        sending = asyncio.create_task(self.send_response(response, send))
        listening = asyncio.create_task(self._gone(receive))
        try:
            await asyncio.wait({sending, listening}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, listening):
                if not task.done():
                    task.cancel()
            await asyncio.gather(sending, listening, return_exceptions=True)
            await self._in_thread(response.close)
        if not sending.cancelled() and sending.exception() is not None:
            raise sending.exception()

    async def _pieces(self, parts: Iterator[bytes]) -> AsyncIterator[bytes]:
        while (part := await self._in_thread(next, parts, None)) is not None:
            yield part

    async def _gone(self, receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
