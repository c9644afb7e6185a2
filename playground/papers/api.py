from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from playground.web.paging import Listing, PageQuery, page

from . import catalogue, schemas, services

router = Router(tags=["papers"])


def row_json(card: dict[str, Any]) -> dict[str, Any]:
    return {**card, "publication": card["url"], "url": f"/papers/{card['id']}"}


def detail_json(id: str) -> dict[str, Any]:
    """A paper's card with what its checks have found here, beside the project's own results."""
    card, here = catalogue.card(id), services.found_here(id)
    return {**row_json(card), "checks": [{**check, "here": here.get(check["name"])} for check in card["checks"]]}


@router.get("", response=Listing[schemas.PaperRow], operation_id="paper_list")
def paper_list(
    request: HttpRequest,
    page_of: PageQuery,
    q: Annotated[str, Field(max_length=200)] = "",
    kind: str = "",
    year: int | None = None,
    family: str = "",
    status: schemas.Status | Literal["stale", ""] = "",
) -> dict[str, Any]:
    """The catalogue, the newest paper first: what has every word of `q`, of one kind, year, family, status."""
    filters = catalogue.Filters(q, kind, str(year or ""), family, status)
    return page(catalogue.search(filters), page_of, row_json)


@router.get("/{id}", response=schemas.PaperDetail, operation_id="paper_get")
def paper_get(request: HttpRequest, id: str) -> dict[str, Any]:
    """A paper's card: what it says, what there is of it here, its checks and what they found."""
    return detail_json(id)


@router.post("/{id}/checks/{name}", response={201: schemas.CheckStarted}, operation_id="paper_check")
def paper_check(request: HttpRequest, id: str, name: str, body: schemas.CheckIn) -> Any:
    """Run a check on this machine: a run like a training, with nothing beside it; its end is a verdict."""
    run = services.start(request.user, id, name, body.data)
    return Status(201, {"id": run.pid, "url": f"/papers/{id}#{name}"})
