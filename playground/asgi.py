"""HTTP and WebSockets of one web process."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "playground.settings")
django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack  # noqa: E402 - needs the app registry that the line above fills
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from playground.demos.quick import quick  # noqa: E402
from playground.ops.doors import doors  # noqa: E402
from playground.runs.routing import websocket_urlpatterns  # noqa: E402
from playground.web.gate import gate  # noqa: E402
from playground.web.handler import Handler  # noqa: E402

application = doors(
    ProtocolTypeRouter(
        {
            "http": gate(quick(Handler())),
            "websocket": AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
        }
    )
)
