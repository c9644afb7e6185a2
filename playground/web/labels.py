"""What people write on what they own, tags and a note, and how lists are searched and put in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from ninja import Query, Schema
from pydantic import Field

from .errors import ApiError
from .owned import Owned
from .paging import Page
from .text import one_line, plain_text

MAX_TAGS, MAX_TAG, MAX_NOTE = 20, 40, 4_000
# More words than a person types; each is one more condition on every row.
MAX_WORDS = 8

Tags = Annotated[list[str], Field(max_length=MAX_TAGS)]
Note = Annotated[str, Field(max_length=MAX_NOTE)]
Sort = Literal["newest", "oldest", "changed", "name"]


class LabelsIn(Schema):
    """What is left out stays as it is."""

    tags: Tags | None = None
    note: Note | None = None


class Labels(Schema):
    tags: list[str]
    note: str


class Find(Page):
    """`q` is looked for in names, notes and tags, every word of it; `tag` is one whole tag."""

    q: Annotated[str, Field(max_length=200)] = ""
    tag: Annotated[str, Field(max_length=MAX_TAG)] = ""
    sort: Sort | None = None


FindQuery = Query[Find]


def labels_json(row: Owned) -> dict[str, Any]:
    return {"tags": row.tag_list, "note": row.note}


def write(row: Owned, given: LabelsIn) -> list[str]:
    """Put what is given on the row, unsaved; the names of the columns to save."""
    columns = []
    if given.tags is not None:
        tags = list(dict.fromkeys(_tag(tag) for tag in given.tags))
        row.tags = f",{','.join(tags)}," if tags else ""
        columns.append("tags")
    if given.note is not None:
        row.note = plain_text(given.note, MAX_NOTE)
        columns.append("note")
    return columns


def _tag(text: str) -> str:
    tag = one_line(text, MAX_TAG + 1).lower()
    if not tag or "," in tag or len(tag) > MAX_TAG:
        raise ApiError(
            422, "bad_tag", f"A tag has 1 to {MAX_TAG} characters and no comma; {text[:60]!r} is none.", "tags"
        )
    return tag


def search(rows: QuerySet, find: Find, name: str = "name", also: Sequence[str] = ()) -> QuerySet:
    """The rows that have the tag and every word (`also` names more columns to look in), in the order asked for."""
    for word in find.q.replace(",", " ").split()[:MAX_WORDS]:
        # A zero byte is in no row, and PostgreSQL refuses to look for it.
        word = word.replace("\0", "")
        texts = Q(tags__contains=word.lower())
        for column in (name, "note", *also):
            texts |= Q(**{f"{column}__icontains": word})
        rows = rows.filter(texts)
    if find.tag:
        rows = rows.filter(tags__contains=f",{one_line(find.tag).lower()},")
    return rows.order_by(*_order(find.sort, name)) if find.sort else rows


def _order(sort: Sort, name: str) -> Sequence[Any]:
    return {
        "newest": ("-created", "-id"),
        "oldest": ("created", "id"),
        "changed": ("-updated", "-id"),
        "name": (Lower(name), "id"),
    }[sort]


def tags_of(rows: QuerySet) -> dict[str, int]:
    """Every tag on these rows with the number of rows that have it, the most used first."""
    counts: Counter[str] = Counter()
    for text in rows.exclude(tags="").order_by().values_list("tags", flat=True):
        counts.update(tag for tag in text.split(",") if tag)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
