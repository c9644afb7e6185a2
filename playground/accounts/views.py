from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import services
from .models import ApiToken

BACKEND = "playground.accounts.backends.Backend"


def _after(request: HttpRequest) -> str:
    """Where to go after signing in: the page first asked for, if it is one of ours."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    own = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if own else "/"


def has_passwords() -> bool:
    """Whether people sign in with a name and a password; a local installation has one-time links only."""
    return settings.BLOCKYARD_MODE == "server"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def signin(request: HttpRequest) -> HttpResponse:
    """Says how to sign in; in server mode, the form for it."""
    if request.user.is_authenticated:
        return redirect(_after(request))
    form = AuthenticationForm(request, data=request.POST or None) if has_passwords() else None
    if request.method == "POST":
        if form is None:
            return redirect("signin")
        if form.is_valid():
            login(request, form.get_user(), backend=BACKEND)
            return redirect(_after(request))
    return render(request, "accounts/signin.html", {"form": form, "next": _after(request)})


@never_cache
@require_safe
def signin_link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link: becomes a session cookie, once."""
    user = services.redeem(token) if request.method == "GET" else None
    if user is not None:
        login(request, user, backend=BACKEND)
        return redirect("/")
    if request.user.is_authenticated:
        # Opened by the browser at the start and then once more by hand: already in.
        return redirect("/")
    return render(request, "accounts/signin.html", {"form": None, "used": True, "next": "/"}, status=401)


@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("signin")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and the API tokens: make one, see it once, revoke it."""
    text = None
    if request.method == "POST":
        if "revoke" in request.POST:
            ApiToken.objects.filter(user=request.user, pid=request.POST["revoke"]).delete()
            return redirect("account")
        _, text = services.create_token(request.user, request.POST.get("name", ""))
    tokens = ApiToken.objects.filter(user=request.user)
    return render(request, "accounts/account.html", {"tokens": tokens, "new_token": text})
