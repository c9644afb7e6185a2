from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import Field

from playground.demos import services as demos
from playground.demos.schemas import PredictIn, PredictOut
from playground.web import jsons

from . import services
from .models import Link
from .services import Kind


def by_link(request: HttpRequest) -> Link:
    """Who has a link may use what stands behind it, whoever it is; a session or token changes nothing."""
    link = services.opened(request.resolver_match.kwargs["token"]) if request.resolver_match else None
    if link is None:
        raise Http404
    return link


router = Router(tags=["links"])
# Nothing here looks at who is signed in.
shared = Router(tags=["links"], auth=by_link)


class LinkIn(Schema):
    kind: Kind
    id: str
    # Days until it ends by itself; null for one that stays until it is revoked.
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class LinkRow(Schema):
    id: str
    # The first characters of its token.
    hint: str
    created: datetime
    seen: datetime | None
    expires: datetime | None


class LinkCreated(LinkRow):
    """`url` is shown this once: only its hash is kept."""

    url: str


class LinkList(Schema):
    items: list[LinkRow]
    # Whether addresses of this site work on this machine alone.
    local: bool


class CopyIn(Schema):
    token: Annotated[str, Field(max_length=200)]


class Copied(Schema):
    id: str
    url: str


def row_json(link: Link) -> dict[str, Any]:
    return {
        "id": link.pid,
        "hint": link.hint,
        "created": link.created,
        "seen": link.seen,
        "expires": link.expires,
    }


@router.get("/{kind}/{id}", response=LinkList, operation_id="link_list")
def link_list(request: HttpRequest, kind: Kind, id: str) -> dict[str, Any]:
    """The links to one of your designs, runs or demos."""
    items = [row_json(link) for link in services.links_of(request.user, kind, id)]
    return {"items": items, "local": settings.BLOCKYARD_MODE == "local"}


@router.post("", response={201: LinkCreated}, operation_id="link_create")
def link_create(request: HttpRequest, body: LinkIn) -> Any:
    """Let whoever has the address look at a design, a run or a demo."""
    link, token = services.create(request.user, body.kind, body.id, body.days)
    return Status(201, {**row_json(link), "url": request.build_absolute_uri(f"/s/{token}")})


@router.post("/copy", response={201: Copied}, operation_id="link_copy")
def link_copy(request: HttpRequest, body: CopyIn) -> Any:
    """A design of your own from somebody's link."""
    design = services.copy(request.user, body.token)
    return Status(201, {"id": design.pid, "url": f"/designs/{design.pid}"})


@router.delete("/{id}", response={204: None}, operation_id="link_revoke")
def link_revoke(request: HttpRequest, id: str) -> Any:
    """Revoke a link: its address answers no more."""
    get_object_or_404(Link, owner=request.user, pid=id).delete()
    return Status(204, None)


@shared.get("/{token}", response=dict[str, Any], operation_id="shared_get")
def shared_get(request: HttpRequest, token: str) -> HttpResponse:
    """What the page behind a link shows; the link is the permission."""
    return jsons.answer(services.content(request.auth, token))  # type: ignore[attr-defined]


@shared.post("/{token}/predict", response=PredictOut, operation_id="shared_predict")
def shared_predict(request: HttpRequest, token: str, body: PredictIn) -> HttpResponse:
    """Ask the model of a shared demo."""
    link: Link = request.auth  # type: ignore[attr-defined]
    if link.demo is None:
        raise Http404
    return jsons.answer(demos.predict(link.demo.run, body))
