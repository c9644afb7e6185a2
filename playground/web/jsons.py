"""The JSON that enters and leaves the site.

What enters must be what can be stored and sent again: no NaN or infinity, no half characters, no zero bytes, no
nesting that other readers give up on. In what leaves, NaN and infinity become null and times ISO 8601.
"""

from __future__ import annotations

import re
from typing import Any

import pydantic_core
from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser as BaseParser
from ninja.renderers import BaseRenderer

# A cheap look for what deserves a close one: an escaped zero byte, a number that may be past the largest.
_SUSPECT = re.compile(rb"\\u0000|\d[eE]\+?\d{3}|\d{309}")


class BadJson(ValueError):
    """A text from outside that is no JSON, or none that can be stored; `where` says which."""

    def __init__(self, why: str, where: str) -> None:
        super().__init__(f"The {where} cannot be read as JSON: {why}.")
        self.where = where


def loads(text: bytes, where: str = "body") -> Any:
    """The value of UTF-8 JSON; raises BadJson."""
    try:
        value = pydantic_core.from_json(text, allow_inf_nan=False)
        if _SUSPECT.search(text):
            _check(value)
    except ValueError as error:
        raise BadJson(str(error), where) from None
    return value


def _check(value: Any) -> None:
    """Raise ValueError for a text with a zero byte, which PostgreSQL does not store, or a number without end."""
    if isinstance(value, str) and "\0" in value:
        raise ValueError("a text in it has a zero byte; take that out")
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ValueError("a number in it is too large; numbers go to 1e308")
    for item in [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check(item)


def dumps(value: Any) -> bytes:
    """`value` as UTF-8 JSON; what JSON cannot say (NaN, infinity) becomes null."""
    return pydantic_core.to_json(value, inf_nan_mode="null")


def answer(value: Any, status: int = 200) -> HttpResponse:
    """A JSON response that skips the response model: for large documents that were made well-formed."""
    return HttpResponse(dumps(value), status=status, content_type="application/json")


class Parser(BaseParser):
    """Reads the bodies of requests."""

    def parse_body(self, request: HttpRequest) -> Any:
        return loads(request.body)


class Renderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return dumps(data)
