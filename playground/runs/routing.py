from __future__ import annotations

from typing import Any

from django.urls import path, re_path

from .consumers import RunConsumer


async def nowhere(scope: Any, receive: Any, send: Any) -> None:
    """Refuses a handshake at an address where there is no socket."""
    await receive()
    await send({"type": "websocket.close"})


websocket_urlpatterns = [path("ws/runs/<str:pid>/", RunConsumer.as_asgi()), re_path("", nowhere)]
