"""Who a request to the API comes from: a Bearer token, or the session cookie with a CSRF token."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from playground.web.errors import ApiError

from . import services
from .models import User


class BearerAuth(HttpBearer):
    """`Authorization: Bearer TOKEN`, with a token made on the account page."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        user = services.user_of_token(token.strip())
        if user is not None:
            request.user = user
        return user


class SessionAuth(APIKeyCookie):
    """The browser's session; whatever writes also needs the CSRF token in `X-CSRFToken`."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> User | None:
        # A wrong token must not fall back to whoever is signed in in this browser.
        if "Authorization" in request.headers:
            return None
        return self.authenticate(request, request.COOKIES.get(self.param_name))

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        # Asked before CSRF: without a session the answer is 401, not a complaint about a missing CSRF token.
        user = get_user(request)
        if not isinstance(user, User):
            return None
        # The user itself: the lazy one that middleware leaves costs something at each touch.
        request.user = user
        if check_csrf(request):
            raise ApiError(403, "csrf", "The CSRF token is missing or wrong. Reload the page and try again.")
        return user
