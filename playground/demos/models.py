from __future__ import annotations

from typing import Any, Self

from django.db import models

from playground.web.owned import Owned, OwnedQuerySet, owned_indexes


class DemoQuerySet(OwnedQuerySet):
    def visible_to(self, user: Any) -> Self:
        # A run takes its demos along into the trash, and brings them back.
        return super().visible_to(user).filter(run__trashed__isnull=True)


class Demo(Owned):
    """A finished run put behind a page that answers. `pid` is the slug in `/d/{slug}`."""

    run = models.ForeignKey("runs.Run", on_delete=models.CASCADE, related_name="demos")
    title = models.CharField(max_length=200)

    objects: Any = DemoQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-id"]
        indexes = owned_indexes("demo")

    def __str__(self) -> str:
        return self.title
