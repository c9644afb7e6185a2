from __future__ import annotations

from django.db import models

from playground.web.owned import Owned


class Demo(Owned):
    """A finished run put behind a page that answers. `pid` is the slug in `/d/{slug}`."""

    run = models.ForeignKey("runs.Run", on_delete=models.CASCADE, related_name="demos")
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return self.title
