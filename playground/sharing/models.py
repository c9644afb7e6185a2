from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from playground.web.owned import new_pid


class Link(models.Model):
    """Lets whoever has its address look at one design, run or demo; known by its token's SHA-256 only."""

    pid = models.CharField("id", max_length=16, unique=True, default=new_pid, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    # The token's first characters, to tell links apart.
    hint = models.CharField(max_length=8)
    design = models.ForeignKey("designs.Design", null=True, blank=True, on_delete=models.CASCADE, related_name="links")
    run = models.ForeignKey("runs.Run", null=True, blank=True, on_delete=models.CASCADE, related_name="links")
    demo = models.ForeignKey("demos.Demo", null=True, blank=True, on_delete=models.CASCADE, related_name="links")
    created = models.DateTimeField(auto_now_add=True)
    seen = models.DateTimeField("last opened", null=True, blank=True)
    expires = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(design__isnull=False, run__isnull=True, demo__isnull=True)
                | Q(design__isnull=True, run__isnull=False, demo__isnull=True)
                | Q(design__isnull=True, run__isnull=True, demo__isnull=False),
                name="link_to_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.target} ({self.hint}…)"

    @property
    def kind(self) -> str:
        return "design" if self.design_id else "run" if self.run_id else "demo"  # type: ignore[attr-defined]

    @property
    def target(self) -> Any:
        return self.design or self.run or self.demo
