from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema, Status

from playground.web.paging import Listing, PageQuery

from . import services
from .services import Kind

router = Router(tags=["trash"])


class TrashRow(Schema):
    """`runs` need it, so that it is not deleted before they are; `demos` come back with it."""

    kind: Kind
    id: str
    name: str
    trashed: datetime
    # When it is deleted for good; null while runs need it.
    until: datetime | None
    runs: int
    demos: int


class Restored(Schema):
    kind: Kind
    id: str
    name: str


class Emptied(Schema):
    """How many were deleted, and how many are left that can be: ask again until there are none."""

    deleted: int
    left: int


def row_json(kind: Kind, row: Any) -> dict[str, Any]:
    needed = getattr(row, "n_runs", 0)
    return {
        "kind": kind,
        "id": row.pid,
        "name": str(row),
        "trashed": row.trashed,
        "until": None if needed else row.trashed + timedelta(days=settings.BLOCKYARD_TRASH_DAYS),
        "runs": needed,
        "demos": getattr(row, "n_demos", 0),
    }


@router.get("", response=Listing[TrashRow], operation_id="trash_list")
def trash_list(request: HttpRequest, page_of: PageQuery, kind: Kind | None = None) -> dict[str, Any]:
    """What you have put into the trash, the last first."""
    return listing_json(request.user, page_of.offset, page_of.limit, kind)


def listing_json(user: Any, offset: int, limit: int, kind: Kind | None = None) -> dict[str, Any]:
    found = services.listed(user, kind)
    count, stop = found.count(), offset + limit
    items = [row_json(of, row) for of, row in services.rows(list(found[offset:stop]))]
    return {"items": items, "count": count, "next": stop if stop < count else None}


@router.post("/{kind}/{id}/restore", response=Restored, operation_id="trash_restore")
def trash_restore(request: HttpRequest, kind: Kind, id: str) -> dict[str, Any]:
    """Take something out of the trash: it is where it was, a run's demos too."""
    row = services.find(request.user, kind, id)
    services.restore(row)
    return {"kind": kind, "id": row.pid, "name": str(row)}


@router.delete("/{kind}/{id}", response={204: None}, operation_id="trash_delete")
def trash_delete(request: HttpRequest, kind: Kind, id: str) -> Any:
    """Delete something in the trash for good, with its files; 409 for what runs still need."""
    services.delete(services.find(request.user, kind, id))
    return Status(204, None)


@router.delete("", response=Emptied, operation_id="trash_empty")
def trash_empty(request: HttpRequest) -> dict[str, Any]:
    """Delete for good all that can be, for as long as a request may take."""
    deleted, left = services.empty(request.user)
    return {"deleted": deleted, "left": left}
