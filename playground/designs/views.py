from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from models_core import registry

from .api import detail_json
from .models import Design


@login_required
@require_safe
def editor(request: HttpRequest, id: str) -> HttpResponse:
    """The editor on one of your designs."""
    design = get_object_or_404(Design.objects.visible_to(request.user), pid=id)
    data = {"design": detail_json(design), "zoo": None}
    return render(request, "designs/editor.html", {"design": design, "title": design.name, "page_data": data})


@login_required
@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """The editor on an empty design, or with `?zoo=ID` on a copy of a zoo design; stored when first changed."""
    zoo = request.GET.get("zoo") or None
    if zoo is not None and registry.find("design", zoo) is None:
        raise Http404
    data = {"design": None, "zoo": zoo}
    return render(request, "designs/editor.html", {"design": None, "title": zoo or "New design", "page_data": data})
