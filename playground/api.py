"""The one API of the site, below /api/: a router per app, one way to sign in, one shape of errors."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from ninja import NinjaAPI

from playground.accounts.api import router as users
from playground.accounts.api import tokens
from playground.accounts.auth import BearerAuth, SessionAuth
from playground.datasets.api import router as datasets
from playground.demos.api import router as demos
from playground.designs.api import engine, zoo_router
from playground.designs.api import router as designs
from playground.papers.api import router as papers
from playground.runs.api import recipes
from playground.runs.api import router as runs
from playground.sharing.api import router as links
from playground.sharing.api import shared
from playground.trash.api import router as trash
from playground.web import errors
from playground.web.docs import ApiPage
from playground.web.jsons import Parser, Renderer


class Api(NinjaAPI):
    """The OpenAPI document says of every operation what its errors look like."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> Any:
        document = super().get_openapi_schema(*args, **kwargs)
        schema = errors.ErrorOut.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"].update({**schema.pop("$defs"), "ErrorOut": schema})
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorOut"}}}
        for operations in document["paths"].values():
            for operation in operations.values():
                answers = {str(status): answer for status, answer in operation["responses"].items()}
                operation["responses"] = {**answers, "4XX": {"description": "What is wrong", "content": content}}
        return document


api = Api(
    title="Blockyard",
    version="1",
    description="Everything the pages do. Sign in with the browser's session or with `Authorization: Bearer TOKEN`; "
    "every error is `{error: {code, message, where}}`; lists are paged with `limit` and `offset`.",
    urls_namespace="api",
    auth=[BearerAuth(), SessionAuth()],
    docs=ApiPage(),
    docs_decorator=login_required,
    parser=Parser(),
    renderer=Renderer(),
)
errors.install(api)
api.add_router("", engine)
api.add_router("/zoo", zoo_router)
api.add_router("/designs", designs)
api.add_router("/datasets", datasets)
api.add_router("/runs", runs)
api.add_router("/recipes", recipes)
api.add_router("/demos", demos)
api.add_router("/papers", papers)
api.add_router("/trash", trash)
api.add_router("/links", links)
api.add_router("/shared", shared)
api.add_router("/users", users)
api.add_router("/tokens", tokens)
