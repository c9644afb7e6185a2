from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .api import listing_json

N_ROWS = 50


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What can still be restored."""
    data = {"trash": listing_json(request.user, 0, N_ROWS), "days": settings.BLOCKYARD_TRASH_DAYS}
    return render(request, "trash/list.html", {"page_data": data})
