from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from playground.web.admin import OwnedAdmin, page_link

from .models import Demo


@admin.register(Demo)
class DemoAdmin(OwnedAdmin):
    list_display = ("title", "owner", "run", "open_page", "created")
    list_select_related = ("owner", "run")
    list_filter = ("owner", "created")
    search_fields = ("title", "pid", "owner__username")
    fields = ("title", "pid", "owner", "run", "created", "updated")
    readonly_fields = ("pid", "owner", "run", "created", "updated")

    @display(description="page")
    def open_page(self, row: Demo) -> str:
        return page_link(f"/d/{row.pid}")
