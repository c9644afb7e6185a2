from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from .api import detail_json, listing_json, row_json, with_relations
from .models import Kind, Run
from .schemas import RunFind


def in_navigation(request: HttpRequest) -> dict[str, Any]:
    """For the navigation of every page: how many runs of yours wait or run, asked for where it is shown."""
    return {"n_active": lambda: Run.objects.visible_to(request.user).active().count()}


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Your runs, the newest first."""
    return render(request, "runs/list.html", {"page_data": {"runs": listing_json(request.user, RunFind())}})


@login_required
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Trainings side by side; which, says `?runs=a,b,c`."""
    return render(request, "runs/compare.html", {"page_data": {"limit": settings.BLOCKYARD_COMPARE_RUNS}})


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What of yours runs and waits, in the order in which it is taken."""
    return render(request, "runs/queue.html")


@login_required
@require_safe
def detail(request: HttpRequest, id: str) -> HttpResponse:
    """One run, live while it goes on."""
    run = get_object_or_404(with_relations(Run.objects.visible_to(request.user)), pid=id)
    if run.kind == Kind.CHECK:
        return redirect(row_json(run)["url"])
    shown = detail_json(run)
    return render(request, "runs/detail.html", {"run": shown, "page_data": {"run": shown}})
