from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.template.defaultfilters import filesizeformat
from unfold.decorators import display

from playground.web.admin import OwnedAdmin, page_link

from . import services
from .models import Dataset


@admin.register(Dataset)
class DatasetAdmin(OwnedAdmin):
    list_display = ("name", "owner", "show_state", "kind", "task", "show_size", "open_page", "created")
    list_filter = ("state", "kind", "task", "owner")
    search_fields = ("name", "filename", "pid", "owner__username")
    fields = (
        "name",
        "pid",
        "owner",
        "filename",
        "state",
        "reason",
        "size",
        "kind",
        "task",
        "version",
        "options",
        "facts",
    )
    readonly_fields = tuple(name for name in fields if name != "name")

    @display(
        description="state",
        ordering="state",
        label={"ready": "success", "refused": "danger", "checking": "info", "uploading": "info"},
    )
    def show_state(self, row: Dataset) -> str:
        return row.state

    @display(description="size", ordering="size")
    def show_size(self, row: Dataset) -> str:
        return filesizeformat(row.size)

    @display(description="page")
    def open_page(self, row: Dataset) -> str:
        return page_link(f"/datasets/{row.pid}")

    def remove(self, row: Any) -> None:
        services.delete(row)
