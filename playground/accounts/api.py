from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from playground.web.errors import ApiError
from playground.web.paging import Listing, PageQuery, page

from . import services
from .models import ApiToken

router = Router(tags=["users"])
tokens = Router(tags=["tokens"])


class Me(Schema):
    id: str
    username: str
    is_staff: bool


class TokenRow(Schema):
    id: str
    name: str
    hint: str
    created: datetime
    last_used: datetime | None
    expires: datetime | None


class TokenIn(Schema):
    name: Annotated[str, Field(min_length=1, max_length=100)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class TokenCreated(TokenRow):
    token: str


@router.get("/me", response=Me, operation_id="me")
def me(request: HttpRequest) -> dict[str, Any]:
    """Who you are."""
    user = request.user
    return {"id": user.pid, "username": user.username, "is_staff": user.is_staff}


def token_json(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.pid,
        "name": token.name,
        "hint": token.hint,
        "created": token.created,
        "last_used": token.last_used,
        "expires": token.expires,
    }


@tokens.get("", response=Listing[TokenRow], operation_id="token_list")
def token_list(request: HttpRequest, page_of: PageQuery) -> dict[str, Any]:
    """Your API tokens; their text was shown when they were made and is not kept."""
    return page(ApiToken.objects.filter(user=request.user), page_of, token_json)


@tokens.post("", response={201: TokenCreated}, operation_id="token_create")
def token_create(request: HttpRequest, body: TokenIn) -> Any:
    """Make an API token. The answer is the only time its text is shown."""
    lifetime = timedelta(days=body.days) if body.days else None
    token, text = services.create_token(request.user, body.name, lifetime)
    return Status(201, {**token_json(token), "token": text})


@tokens.delete("/{id}", response={204: None}, operation_id="token_delete")
def token_delete(request: HttpRequest, id: str) -> Any:
    """Revoke an API token at once."""
    deleted, _ = ApiToken.objects.filter(user=request.user, pid=id).delete()
    if not deleted:
        raise ApiError(404, "not_found", "There is no such token.", "id")
    return Status(204, None)
