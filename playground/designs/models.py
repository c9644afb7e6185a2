from __future__ import annotations

from django.conf import settings
from django.db import models

from playground.web.owned import Owned, owned_indexes


class Design(Owned):
    """A drawn architecture: a name, its saved versions, and the draft the editor keeps autosaving.

    `draft_number` grows with every change of the draft and with every saved version; an editor that sends an older one
    is told so instead of overwriting what another tab wrote.
    """

    name = models.CharField(max_length=200)
    draft = models.JSONField(null=True, blank=True)
    draft_number = models.PositiveIntegerField(default=0)
    zoo = models.CharField("started from", max_length=100, blank=True, default="")

    class Meta:
        ordering = ["-updated", "-id"]
        indexes = owned_indexes("design", "-updated")

    def __str__(self) -> str:
        return self.name


class DesignVersion(models.Model):
    """One saved state of a design: never changed, known by its number and by the hash of its meaning."""

    design = models.ForeignKey(Design, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200, blank=True, default="")
    hash = models.CharField(max_length=64, db_index=True)
    document = models.JSONField()
    params = models.BigIntegerField(null=True, blank=True)
    macs = models.BigIntegerField(null=True, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["design", "number"], name="designversion_number")]

    def __str__(self) -> str:
        return f"{self.design.name} v{self.number}"
