"""What every page is told about the state of the house."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from . import disk
from .models import Announcement

# The ids of what was dismissed in this browser, with dots between them.
DISMISSED = "dismissed"


def notices(request: HttpRequest) -> dict[str, Any]:
    """For the top of the page: `notice`, a sentence while something keeps people from working, and `announcements`."""
    return {
        "notice": f"{disk.message()} {disk.REMEDY}" if disk.too_low_to_begin() else "",
        # Asked for where it is shown: not by pages of the administration, nor by answers to nobody.
        "announcements": lambda: _announcements(request),
    }


def _announcements(request: HttpRequest) -> list[Announcement]:
    dismissed = set(request.COOKIES.get(DISMISSED, "").split("."))
    return [row for row in Announcement.objects.current() if row.stops_runs or str(row.pk) not in dismissed]
