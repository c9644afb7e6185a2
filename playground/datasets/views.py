from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from playground.web import limits

from . import files
from .api import detail_json, listing_json
from .schemas import DatasetFind


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Built-in and own data sets, and the place to upload one."""
    accepted = {"suffixes": list(files.SUFFIXES), "max_bytes": limits.upload_bytes(), "part_bytes": limits.PART_BYTES}
    data = {"datasets": listing_json(request.user, DatasetFind()), "accepted": accepted}
    return render(request, "datasets/list.html", {"page_data": data})


@login_required
@require_safe
def detail(request: HttpRequest, id: str) -> HttpResponse:
    """One data set: samples, class counts, columns, options."""
    dataset = detail_json(request.user, id)
    return render(request, "datasets/detail.html", {"dataset": dataset, "page_data": {"dataset": dataset}})
