from __future__ import annotations

from django.db import models

from playground.web.owned import Owned, owned_indexes


class Dataset(Owned):
    """A data set somebody uploaded. Built-in ones are entries of the registry, not rows."""

    class State(models.TextChoices):
        UPLOADING = "uploading"
        CHECKING = "checking"
        READY = "ready"
        REFUSED = "refused"

    name = models.CharField(max_length=200)
    filename = models.CharField(max_length=255)
    state = models.CharField(max_length=16, choices=State.choices, default=State.UPLOADING, db_index=True)
    reason = models.TextField("why refused", blank=True, default="")
    size = models.BigIntegerField("bytes", default=0)
    received = models.BigIntegerField("bytes received", default=0)
    kind = models.CharField(max_length=32, blank=True, default="")
    task = models.CharField(max_length=64, blank=True, default="")
    version = models.CharField("content hash", max_length=64, blank=True, default="")
    options = models.JSONField(default=dict, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    report = models.JSONField("what the check found", default=dict, blank=True)
    progress = models.JSONField(default=dict, blank=True)
    # The lease of a check: who writes must hold the fence number, which grows with every claim and every new request.
    check_taken = models.BooleanField(default=False)
    check_fence = models.PositiveIntegerField(default=0)
    check_beat = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created", "-id"]
        indexes = owned_indexes("dataset")

    def __str__(self) -> str:
        return self.name
