from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from playground.web.brief import cache

from .models import User


class Backend(ModelBackend):
    """Django's own; a session's user is remembered for a moment (playground/web/brief.py)."""

    def get_user(self, user_id: Any) -> User | None:
        user = cache.get(_key(user_id))
        if user is None:
            user = super().get_user(user_id)
            if user is not None:
                cache.set(_key(user_id), user)
        return user


def _key(user_id: Any) -> str:
    return f"user.{user_id}"


@receiver([post_save, post_delete], sender=User)
def forget(instance: User, **_: Any) -> None:
    """A user who was changed here is asked for anew."""
    cache.delete(_key(instance.pk))
