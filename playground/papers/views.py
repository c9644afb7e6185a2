from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from playground.datasets.models import Dataset
from playground.runs.api import detail_json as run_json
from playground.web.errors import ApiError

from . import catalogue, entries, services
from .api import detail_json

N_ROWS = 100
MAX_WORDS = 200  # characters; each word is looked for in every paper


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The catalogue: a form that searches and filters it, and what it finds."""
    asked = {name: request.GET.get(name, "").strip()[:MAX_WORDS] for name in ("q", *catalogue.FACETS)}
    filters = catalogue.Filters(**asked)
    pages = Paginator(catalogue.search(filters), N_ROWS)
    context = {
        "filters": filters,
        "choices": [
            {"name": name, "chosen": asked[name], "choices": found}
            for name, found in catalogue.choices(filters).items()
        ],
        "papers": pages.get_page(request.GET.get("page")),
        "total": len(catalogue.cards()),
        "statuses": catalogue.STATUSES,
        "query": urlencode({name: value for name, value in asked.items() if value}),
    }
    return render(request, "papers/list.html", context)


@login_required
@require_safe
def detail(request: HttpRequest, id: str) -> HttpResponse:
    """A paper: what it says beside what was measured, its checks, and what there is of it here."""
    try:
        paper = detail_json(id)
    except ApiError:
        raise Http404 from None
    runs = services.under_way(request.user, id)
    checks = [
        {
            "name": check["name"],
            "seconds": check["result"]["seconds"] if check["result"] else check["minutes"] * 60,
            "again": check["here"] is not None,
            "needs": _needs(request.user, check),
            "run": run_json(runs[check["name"]]) if check["name"] in runs else None,
        }
        for check in paper["checks"]
    ]
    standing = paper["check"] and paper["check"]["name"]
    context = {
        "paper": paper,
        "entries": entries.shown(paper["entries"]),
        "main": next((check for check in paper["checks"] if check["name"] == standing), None),
        "page_data": {"paper": id, "checks": checks},
    }
    return render(request, "papers/detail.html", context)


def _needs(user: Any, check: dict[str, Any]) -> list[dict[str, Any]]:
    """The data that a check names, which of one's own stands for it, and what else there is to choose."""
    needs = []
    for name in check["data"]:
        try:
            found, fault = services.place(user, name), ""
        except ApiError as error:
            found, fault = "", error.message
        rows = Dataset.objects.visible_to(user).filter(state=Dataset.State.READY)
        mine = [{"id": row.pid, "name": row.name} for row in rows.only("pid", "name")]
        needs.append({"name": name, "found": found, "fault": fault, "mine": mine})
    return needs
