from __future__ import annotations

from django.urls import path

from .consumers import RunConsumer

websocket_urlpatterns = [path("ws/runs/<str:pid>/", RunConsumer.as_asgi())]
