from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from playground.web import limits

from . import files, services
from .api import builtin_json, detail_json, listed, row_json

N_ROWS = 200


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Built-in and own data sets, and the place to upload one."""
    own = listed(request.user)[:N_ROWS]
    rows = [builtin_json(entry) for entry in services.builtin_entries()] + [row_json(row) for row in own]
    accepted = {"suffixes": list(files.SUFFIXES), "max_bytes": limits.upload_bytes(), "part_bytes": limits.PART_BYTES}
    data = {"datasets": rows, "accepted": accepted}
    return render(request, "datasets/list.html", {"datasets": rows, "page_data": data})


@login_required
@require_safe
def detail(request: HttpRequest, id: str) -> HttpResponse:
    """One data set: samples, class counts, columns, options."""
    dataset = detail_json(request.user, id)
    return render(request, "datasets/detail.html", {"dataset": dataset, "page_data": {"dataset": dataset}})
