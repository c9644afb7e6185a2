"""What every object a user can own shares: a public id and the one rule of who may see it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from playground.accounts.models import User

# Crockford's base32 without look-alikes (i, l, o, u): 10 characters are 50 random bits.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
PID_LENGTH = 10


def new_pid() -> str:
    """A fresh public id: 10 random base32 characters, safe in URLs and file names."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PID_LENGTH))


class OwnedQuerySet(models.QuerySet):
    """Rows of an owned table; `visible_to` is the only door from a request to a row."""

    def visible_to(self, user: User | AnonymousUser | None) -> Self:
        if user is None or not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(owner=user)


class Owned(models.Model):
    """A row with a public id (`pid`), an owner and the times it was made and changed."""

    pid = models.CharField("id", max_length=16, unique=True, default=new_pid, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)ss")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects: Any = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
