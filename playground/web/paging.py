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


def page(
    rows: QuerySet | list,
    page: Page,
    to_json: Callable[[Any], Any],
    dress: Callable[[QuerySet], QuerySet] | None = None,
) -> dict[str, Any]:
    """The page of `rows` asked for, each row through `to_json`.

    `dress` adds what a row's JSON needs beyond its own table. Only the rows of the page are dressed: sorted and skipped
    are keys alone, for a database that sorts ten thousand rows would work out all their sub-queries first.
    """
    count = len(rows) if isinstance(rows, list) else rows.count()
    stop = page.offset + page.limit
    found = rows[page.offset : stop] if dress is None else _dressed(rows, page.offset, stop, dress)
    return {"items": [to_json(row) for row in found], "count": count, "next": stop if stop < count else None}


def _dressed(rows: Any, start: int, stop: int, dress: Callable[[QuerySet], QuerySet]) -> list[Any]:
    keys = list(rows.values_list("pk", flat=True)[start:stop])
    found = {row.pk: row for row in dress(rows.model.objects.filter(pk__in=keys))} if keys else {}
    # A row that went between the two questions is left out.
    return [found[key] for key in keys if key in found]
