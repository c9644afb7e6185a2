"""What every object a user can own shares: a public id, tags and a note, the trash, and who may see it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

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
        return self.filter(owner=user, trashed__isnull=True)

    def in_trash_of(self, user: User | AnonymousUser | None) -> Self:
        """What a user may restore or delete for good; nothing else reaches these rows."""
        if user is None or not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(owner=user, trashed__isnull=False)


class Owned(models.Model):
    """A row with a public id (`pid`), an owner, the times it was made and changed, and what its owner wrote on it."""

    pid = models.CharField("id", max_length=16, unique=True, default=new_pid, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="%(class)ss")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    note = models.TextField(blank=True, default="")
    # Each between two commas, so that one is found by its name alone; SQLite knows no arrays.
    tags = models.TextField(blank=True, default="")
    # When it was put into the trash; null outside of it.
    trashed = models.DateTimeField(null=True, blank=True, editable=False)

    objects: Any = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def tag_list(self) -> list[str]:
        return [tag for tag in self.tags.split(",") if tag]


def owned_indexes(name: str, order: str = "-created") -> list[models.Index]:
    """What lists and the trash look things up by: one's own in the order of the list, and what is in the trash.

    Each holds its own rows alone, so that a list is counted without looking at one row.
    """
    return [
        models.Index(fields=["owner", order], condition=Q(trashed__isnull=True), name=f"{name}_listed"),
        models.Index(fields=["owner", "-trashed"], condition=Q(trashed__isnull=False), name=f"{name}_trashed"),
    ]
