from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from playground.web.errors import ApiError

from . import services


@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """What a link lets be seen; no sign-in, and no way on from here."""
    link = services.opened(token)
    if link is None:
        raise Http404
    try:
        content = services.content(link, token)
    except ApiError as error:
        context = {"status": error.status, "title": str(link.target), "text": "It cannot be shown just now."}
        return _closed(render(request, "web/error.html", context, status=error.status))
    data = {"shared": content, "token": token, "signed_in": request.user.is_authenticated}
    return _closed(render(request, "sharing/shared.html", {"title": str(link.target), "page_data": data}))


def _closed(response: HttpResponse) -> HttpResponse:
    # The address is a secret: no search engine keeps it, and no page that is opened from here learns it.
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
