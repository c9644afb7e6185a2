from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models

from playground.web.owned import new_pid


class User(AbstractUser):
    """A person with an account; in local mode the one owner of the machine."""

    pid = models.CharField("id", max_length=16, unique=True, default=new_pid, editable=False)


class SignInLink(models.Model):
    """A one-time link, known by the SHA-256 of its token only; gone when used or expired."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="signin_links")
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()


class ApiToken(models.Model):
    """A Bearer token for scripts, known by its SHA-256 only; `hint` is its first characters, to tell tokens apart."""

    pid = models.CharField("id", max_length=16, unique=True, default=new_pid, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    created = models.DateTimeField(auto_now_add=True)
    last_used = models.DateTimeField(null=True, blank=True)
    expires = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
