"""What every response carries: a content security policy, nosniff, who may embed it, the API's shape of errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from . import errors
from .templatetags.islands import NotBuilt

logger = logging.getLogger(__name__)

POLICY = {
    "default-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# unfold's Alpine compiles its attributes with `new Function`, and its pages carry inline scripts.
ADMIN_POLICY = {**POLICY, "script-src": "'self' 'unsafe-eval' 'unsafe-inline'", "frame-ancestors": "'self'"}
# What no page here has a use for.
UNUSED = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
PERMISSIONS = ", ".join(f"{name}=()" for name in UNUSED)


def _policy_header(policy: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in policy.items())


PAGE_HEADER = _policy_header(POLICY)
ADMIN_HEADER = _policy_header(ADMIN_POLICY)


class Headers:
    """Adds the headers; async when the handler is, so that it costs no thread switch."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self.is_async:
            return self._later(request)
        return finish(request, self.get_response(request))

    async def _later(self, request: HttpRequest) -> HttpResponseBase:
        return finish(request, await self.get_response(request))


def finish(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    path = request.path_info
    if path.startswith("/api/") and response.status_code in (404, 405) and not _is_json(response):
        response = _api_shape(request, response)
    response.headers.setdefault("Content-Security-Policy", ADMIN_HEADER if path.startswith("/admin/") else PAGE_HEADER)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    if path.startswith("/api/"):
        # Answers are one person's; a shared or back-forward cache must not show them to the next.
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _is_json(response: HttpResponseBase) -> bool:
    return response.headers.get("Content-Type", "").startswith("application/json")


def _api_shape(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    """An address or method that no operation has, in the API's own words."""
    if response.status_code == 404:
        return errors.response(404, errors.CODES[404], errors.NOT_FOUND, request.path)
    allow = response.headers.get("Allow", "")
    answer = errors.response(
        405, errors.CODES[405], f"{request.method} is not possible here; {allow} is.", request.path
    )
    answer["Allow"] = allow
    return answer


class NotBuiltPage:
    """A page whose island has not been built says so and how to build it, instead of a stack trace."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, NotBuilt):
            return None
        logger.error("%s", exception)
        context = {"status": 503, "title": "The pages are not built yet", "text": str(exception)}
        return render(request, "web/error.html", context, status=503)
