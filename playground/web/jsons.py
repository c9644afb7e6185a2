"""The JSON that leaves the site: NaN and infinity become null, times become ISO 8601."""

from __future__ import annotations

from typing import Any

import pydantic_core
from django.http import HttpRequest, HttpResponse
from ninja.renderers import BaseRenderer


def dumps(value: Any) -> bytes:
    """`value` as UTF-8 JSON; what JSON cannot say (NaN, infinity) becomes null."""
    return pydantic_core.to_json(value, inf_nan_mode="null")


def answer(value: Any, status: int = 200) -> HttpResponse:
    """A JSON response that skips the response model: for large documents that were made well-formed."""
    return HttpResponse(dumps(value), status=status, content_type="application/json")


class Renderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return dumps(data)
