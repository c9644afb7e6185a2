from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from playground.web.errors import ApiError
from playground.web.labels import Find

from . import services
from .api import detail_json, listing_json


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Your demos."""
    return render(request, "demos/list.html", {"page_data": {"demos": listing_json(request.user, Find())}})


@login_required
@require_safe
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One demo: a place to draw, upload, type or fill in, and the model's answer."""
    demo = services.find(request.user, slug)
    try:
        shown = detail_json(demo)
    except ApiError as error:
        context = {"status": error.status, "title": demo.title, "text": error.message}
        return render(request, "web/error.html", context, status=error.status)
    base = request.build_absolute_uri("/").rstrip("/")
    data = {"demo": shown, "base_url": base}
    return render(request, "demos/detail.html", {"demo": shown, "page_data": data})
