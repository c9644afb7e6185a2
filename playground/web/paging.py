"""Lists come in pages: `?limit=&offset=` in, `{"items", "count", "next"}` out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import QuerySet
from ninja import Query, Schema
from pydantic import Field

T = TypeVar("T")


class Page(Schema):
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


PageQuery = Query[Page]


class Listing(Schema, Generic[T]):
    """One page of a list; `next` is the offset of the following page, or null at the end."""

    items: list[T]
    count: int
    next: int | None = None


def page(rows: QuerySet | list, page: Page, to_json: Callable[[Any], Any]) -> dict[str, Any]:
    """The page of `rows` asked for, each row through `to_json`: one count and one select."""
    count = len(rows) if isinstance(rows, list) else rows.count()
    stop = page.offset + page.limit
    items = [to_json(row) for row in rows[page.offset : stop]]
    return {"items": items, "count": count, "next": stop if stop < count else None}
