from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_core import registry
from playground.designs.api import row_json, with_newest, zoo_json
from playground.designs.models import Design
from playground.runs.api import row_json as run_json
from playground.runs.models import Run

from . import errors
from .paging import Page, page

N_DESIGNS, N_RUNS = 24, 10


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The gallery of published designs, your designs, what is running now; pictures come when they are seen."""
    entries = [zoo_json(entry) for entry in registry.all("design")]
    designs = page(Design.objects.visible_to(request.user), Page(limit=N_DESIGNS), row_json, with_newest)
    running = Run.objects.visible_to(request.user).filter(state__in=["queued", "running"])
    runs = [run_json(run) for run in running.select_related("design_version__design", "dataset", "owner")[:N_RUNS]]
    context = {"zoo": entries, "designs": designs, "page_data": {"running": runs}}
    return render(request, "web/home.html", context)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return errors.response(404, errors.CODES[404], errors.NOT_FOUND, request.path)
    return render(
        request, "web/error.html", {"status": 404, "title": "Not found", "text": errors.NOT_FOUND}, status=404
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = "The request is malformed, or this site does not answer to that name."
    if request.path_info.startswith("/api/"):
        return errors.response(400, errors.CODES[400], text)
    return render(request, "web/error.html", {"status": 400, "title": "Bad request", "text": text}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    text = "You may not do this with the account you are signed in with."
    return render(request, "web/error.html", {"status": 403, "title": "Not allowed", "text": text}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    text = "The form had no valid CSRF token. Reload the page and send it again; cookies must be allowed for this site."
    if request.path_info.startswith("/api/"):
        return errors.response(403, "csrf", text)
    return render(request, "web/error.html", {"status": 403, "title": "Please reload", "text": text}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return errors.response(500, errors.CODES[500], "Something broke on our side; the server's log has the details.")
    text = "Something broke on our side; the server's log has the details."
    return render(request, "web/error.html", {"status": 500, "title": "An error", "text": text}, status=500)
