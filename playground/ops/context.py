"""What every page is told about the state of the house."""

from __future__ import annotations

from django.http import HttpRequest

from . import disk


def notices(request: HttpRequest) -> dict[str, object]:
    """`notice`: a sentence for the top of the page, while something keeps people from working."""
    return {"notice": f"{disk.message()} {disk.REMEDY}" if disk.too_low_to_begin() else ""}
