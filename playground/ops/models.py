"""What an administrator has to say to everybody, and whether runs start meanwhile."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone


class AnnouncementQuerySet(models.QuerySet):
    def current(self) -> AnnouncementQuerySet:
        """Those that are shown now, the gravest first."""
        now = timezone.now()
        shown = self.filter(Q(ends__isnull=True) | Q(ends__gt=now), begins__lte=now)
        return shown.order_by("-stops_runs", "-level", "-begins", "-pk")

    def maintenance(self) -> Announcement | None:
        """What keeps runs from starting now, or None."""
        return self.current().filter(stops_runs=True).first()


class Announcement(models.Model):
    """A sentence at the top of every page for a while; with `stops_runs` it is maintenance: no run starts meanwhile."""

    class Level(models.IntegerChoices):
        INFO = 1, "information"
        WARNING = 2, "warning"

    text = models.CharField(max_length=500, help_text="Plain text, as people will read it.")
    level = models.PositiveSmallIntegerField(choices=Level.choices, default=Level.INFO)
    begins = models.DateTimeField("from", default=timezone.now)
    ends = models.DateTimeField("until", null=True, blank=True, help_text="Empty: until it is ended or deleted.")
    stops_runs = models.BooleanField(
        "maintenance",
        default=False,
        help_text="While this is shown no new run starts. Those that run go on to their end; others can be queued, and "
        "wait. Nobody can dismiss it.",
    )

    objects: Any = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = ["-begins", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gt=models.F("begins")),
                name="announcement_ends_after_it_begins",
                violation_error_message="It must end after it begins.",
            )
        ]

    def __str__(self) -> str:
        return self.text
