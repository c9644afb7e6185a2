"""Who is who: one-time links, API tokens, the owner of a local installation."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from playground.web.text import one_line

from .models import ApiToken, SignInLink, User

OWNER_NAME = "owner"
LINK_LIFETIME = timedelta(minutes=15)
TOKEN_PREFIX = "by_"  # noqa: S105 - what tells our tokens from others, no secret
# A token's last use is written at most this often, so that a busy script does not make every read a write.
LAST_USED_STEP = timedelta(minutes=5)


def digest(token: str) -> str:
    """The SHA-256 of a token in hex. Tokens carry 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def local_owner() -> User:
    """The one account of a local installation, made on first use: superuser, without a password."""
    user = User.objects.filter(username=OWNER_NAME).first()
    if user is None:
        user = User(username=OWNER_NAME, is_staff=True, is_superuser=True)
        user.set_unusable_password()
        user.save()
    return user


def one_time_link(base_url: str = "", user: User | None = None) -> str:
    """A URL that signs its opener in once, as `user` or the local owner, within fifteen minutes."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        SignInLink.objects.filter(expires__lte=now).delete()
        SignInLink.objects.create(user=user or local_owner(), digest=digest(token), expires=now + LINK_LIFETIME)
    return f"{base_url.rstrip('/')}/signin/{token}"


def redeem(token: str) -> User | None:
    """The user a one-time link stands for, once; None when it is unknown, used or expired."""
    links = SignInLink.objects.filter(digest=digest(token), expires__gt=timezone.now())
    link = links.select_related("user").first()
    if link is None or not link.user.is_active:
        return None
    # The count decides between two requests that arrive together: only one of them deletes the row.
    used, _ = links.delete()
    return link.user if used else None


def delete_user(user: User) -> None:
    """Delete a user with everything that is theirs: demos, runs with their files, data sets, designs, tokens."""
    from playground.datasets import services as datasets
    from playground.datasets.models import Dataset
    from playground.demos.models import Demo
    from playground.designs.models import Design
    from playground.runs import services as runs
    from playground.runs.models import Run

    Demo.objects.filter(owner=user).delete()
    for run in Run.objects.filter(owner=user):
        runs.delete(run)
    for dataset in Dataset.objects.filter(owner=user):
        datasets.delete(dataset)
    Design.objects.filter(owner=user).delete()
    user.delete()


def create_token(user: User, name: str, lifetime: timedelta | None = None) -> tuple[ApiToken, str]:
    """A new API token and its text, which is shown this once and not stored."""
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=one_line(name, 100) or "token",
        digest=digest(text),
        hint=text[:8],
        expires=timezone.now() + lifetime if lifetime else None,
    )
    return token, text


def user_of_token(text: str) -> User | None:
    """The active user a Bearer token belongs to, or None."""
    if not text.startswith(TOKEN_PREFIX):
        return None
    token = ApiToken.objects.select_related("user").filter(digest=digest(text)).first()
    now = timezone.now()
    if token is None or not token.user.is_active or (token.expires and token.expires <= now):
        return None
    if token.last_used is None or now - token.last_used > LAST_USED_STEP:
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)
    return token.user
