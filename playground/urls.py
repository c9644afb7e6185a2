"""Addresses: the admin, the API, and each app's own pages (`urls.py` of the app, where it has one)."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from playground.api import api

APPS = ("web", "accounts", "designs", "datasets", "runs", "demos", "papers", "trash", "sharing")

admin.autodiscover()

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    *(path("", include(f"playground.{app}.urls")) for app in APPS if find_spec(f"playground.{app}.urls")),
]

handler400 = "playground.web.views.bad_request"
handler403 = "playground.web.views.forbidden"
handler404 = "playground.web.views.not_found"
handler500 = "playground.web.views.server_error"
