from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from django.db.models import Count, Q
from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from models_core import registry
from playground.trash import services as trash
from playground.web import bodies, jsons, limits
from playground.web.errors import ApiError
from playground.web.labels import labels_json, search, tags_of
from playground.web.paging import Listing, Page, page

from . import files, schemas, services
from .models import Dataset

router = Router(tags=["datasets"])
MAX_OPTIONS = 16 * 1024


def builtin_json(entry: registry.Entry) -> dict[str, Any]:
    facts = services.builtin_facts(entry.id)
    opened = services.open_builtin(entry.id)
    return {
        "id": entry.id,
        "name": entry.title,
        "builtin": True,
        "state": "ready" if opened else "download",
        "reason": "" if opened else "Downloaded when it is first trained on.",
        "kind": getattr(entry.obj, "kind", "builtin"),
        "task": opened.task if opened else entry.obj.known_task,
        "size": 0,
        "received": 0,
        "progress": None,
        **_sizes(facts),
        "created": None,
        "runs": 0,
        "tags": [],
        "note": "",
        "url": f"/datasets/{entry.id}",
    }


def _sizes(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "train_size": facts.get("train", {}).get("size"),
        "test_size": facts.get("test", {}).get("size"),
        "classes": facts.get("label", {}).get("classes"),
    }


def with_runs(rows: Any) -> Any:
    """Data sets with the number of their runs."""
    return rows.annotate(n_runs=Count("runs", filter=Q(runs__trashed__isnull=True)))


def row_json(row: Dataset) -> dict[str, Any]:
    progress: dict[str, Any] | None = None
    if row.state == Dataset.State.UPLOADING:
        progress = {"done": row.received, "total": row.size, "text": "uploading"}
    elif row.state == Dataset.State.CHECKING:
        progress = {"done": 0, "total": 0, "text": "waiting for a worker", **row.progress}
    return {
        "id": row.pid,
        "name": row.name,
        "builtin": False,
        "state": row.state,
        "reason": row.reason,
        "kind": row.kind,
        "task": row.task,
        "size": row.size,
        "received": row.received,
        "progress": progress,
        **_sizes(row.facts),
        "created": row.created,
        "runs": getattr(row, "n_runs", 0),
        **labels_json(row),
        "url": f"/datasets/{row.pid}",
    }


def detail_json(user: Any, id: str) -> dict[str, Any]:
    """A built-in or own data set with everything its page shows."""
    entry = services.builtin_entry(id)
    if entry is not None:
        opened = services.open_builtin(id)
        known = opened.to_json() if opened else {"facts": services.builtin_facts(id)}
        return {
            **builtin_json(entry),
            "filename": "",
            "version": known.get("version", ""),
            "help": entry.doc,
            "facts": known["facts"],
            "counts": known.get("counts", {}),
            "columns": known.get("columns", []),
            "notes": known.get("notes", []),
            "options": {},
            "options_schema": None,
        }
    row = services.find(user, id)
    row.n_runs = row.runs.filter(trashed__isnull=True).count()
    reader = registry.find("dataset", str(row.report.get("reader") or ""))
    return {
        **row_json(row),
        "filename": row.filename,
        "version": row.version,
        "help": "",
        "facts": row.facts,
        "counts": row.report.get("counts") or {},
        "columns": row.report.get("columns") or [],
        "notes": row.report.get("notes") or [],
        "options": row.options or {},
        "options_schema": reader.schema() if reader else None,
    }


@router.get("", response=Listing[schemas.DatasetRow], operation_id="dataset_list")
def dataset_list(request: HttpRequest, find: Query[schemas.DatasetFind]) -> dict[str, Any]:
    """Built-in data sets first, then your own, the newest first."""
    return listing_json(request.user, find)


def listing_json(user: Any, find: schemas.DatasetFind) -> dict[str, Any]:
    built = [builtin_json(entry) for entry in services.builtin_entries() if _fits(entry, find)]
    rows = search(Dataset.objects.visible_to(user), find)
    if find.state is not None:
        rows = rows.filter(state=find.state)
    # Both lists one after the other: the page may begin in the first and end in the second.
    start, stop = find.offset, find.offset + find.limit
    items = built[start:stop]
    rest = Page(limit=max(1, find.limit - len(items)), offset=max(0, start - len(built)))
    own = page(rows, rest, row_json, with_runs)
    items += own["items"] if len(items) < find.limit else []
    count = len(built) + own["count"]
    return {"items": items, "count": count, "next": stop if stop < count else None}


def _fits(entry: registry.Entry, find: schemas.DatasetFind) -> bool:
    """Whether a built-in data set is among what is looked for; nobody can tag it."""
    words = find.q.lower().split()
    return not find.tag and find.state in (None, "ready") and all(word in entry.title.lower() for word in words)


@router.get("/tags", response=dict[str, int], operation_id="dataset_tags")
def dataset_tags(request: HttpRequest) -> dict[str, int]:
    """The tags of your data sets, the most used first."""
    return tags_of(Dataset.objects.visible_to(request.user))


def _options(text: str) -> dict[str, Any]:
    if len(text) > MAX_OPTIONS:
        raise ApiError(413, "too_large", "The options are too long.", "options")
    options = jsons.loads(text.encode(errors="surrogatepass"), "options") if text else {}
    if not isinstance(options, dict):
        raise ApiError(422, "invalid", "The options are no JSON object.", "options")
    return options


@router.post("", response={201: schemas.UploadOut}, operation_id="dataset_upload")
def dataset_upload(
    request: HttpRequest,
    filename: schemas.Filename,
    name: schemas.Title = "",
    options: str = "",
) -> Any:
    """Upload a file in one request; the body is the file itself. Large files better go in parts, see `uploads`."""
    row = services.begin_upload(request.user, filename, bodies.size(request), name, _options(options))
    received = bodies.received(request)
    if received is not None:
        services.receive_whole(row, received)
    else:
        files.write_at(row, 0, bodies.chunks(request), row.size)
        row.received = row.size
        services.complete(row)
    return Status(201, upload_json(row))


def upload_json(row: Dataset) -> dict[str, Any]:
    return {
        "id": row.pid,
        "state": row.state,
        "size": row.size,
        "received": row.received,
        "part_bytes": limits.PART_BYTES,
    }


@router.post("/uploads", response={201: schemas.UploadOut}, operation_id="upload_begin")
def upload_begin(request: HttpRequest, body: schemas.UploadIn) -> Any:
    """Announce a file that will come in parts; a wrong kind or size is refused now, before anything is sent."""
    row = services.begin_upload(request.user, body.filename, body.size, body.name, body.options)
    return Status(201, upload_json(row))


@router.get("/uploads/{id}", response=schemas.UploadOut, operation_id="upload_get")
def upload_get(request: HttpRequest, id: str) -> dict[str, Any]:
    """How many bytes have arrived: where to go on after an interruption."""
    return upload_json(services.find(request.user, id))


@router.put("/uploads/{id}", response=schemas.UploadOut, operation_id="upload_part")
def upload_part(request: HttpRequest, id: str, offset: Annotated[int, Field(ge=0)]) -> dict[str, Any]:
    """Send the next part (at most 8 MB) as the body; the last one starts the check."""
    row = services.find(request.user, id)
    return upload_json(services.receive_part(row, offset, bodies.chunks(request)))


@router.get("/{id}", response=schemas.DatasetDetail, operation_id="dataset_get")
def dataset_get(request: HttpRequest, id: str) -> dict[str, Any]:
    """A data set: its state and progress, facts, class counts, columns, options."""
    return detail_json(request.user, id)


@router.patch("/{id}", response=schemas.DatasetDetail, operation_id="dataset_change")
def dataset_change(request: HttpRequest, id: str, body: schemas.ChangeIn) -> dict[str, Any]:
    """Rename it, tag it, note something, or read the file again with other options (columns, share for testing)."""
    if len(json.dumps(body.options or {})) > MAX_OPTIONS:
        raise ApiError(413, "too_large", "The options are too long.", "options")
    services.change(services.find(request.user, id), body)
    return detail_json(request.user, id)


@router.delete("/{id}", response={204: None}, operation_id="dataset_delete")
def dataset_delete(request: HttpRequest, id: str) -> Any:
    """Put a data set into the trash; runs that trained on it stay, and go on."""
    trash.put(services.find(request.user, id))
    return Status(204, None)


@router.get("/{id}/preview", response=schemas.Preview, operation_id="dataset_preview")
def dataset_preview(
    request: HttpRequest,
    id: str,
    split: Literal["train", "test"] = "train",
    n: Annotated[int, Field(ge=1, le=48)] = 12,
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0,
) -> dict[str, Any]:
    """Some samples, from all classes in turn; another `seed` shows others."""
    opened = services.open_ready(request.user, id)
    return {"split": split, "items": opened.preview(n, split, seed)}
