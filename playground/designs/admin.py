from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from playground.trash import services as trash
from playground.web.admin import OwnedAdmin, page_link

from .models import Design, DesignVersion


class VersionInline(TabularInline):
    model = DesignVersion
    fields = readonly_fields = ("number", "name", "hash", "params", "macs", "author", "created")
    extra = 0
    can_delete = False
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("document").select_related("author")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Design)
class DesignAdmin(OwnedAdmin):
    list_display = ("name", "owner", "n_versions", "zoo", "open_page", "created", "updated")
    list_filter = ("owner", "created")
    search_fields = ("name", "pid", "owner__username")
    fields = ("name", "pid", "owner", "zoo", "draft_number", "created", "updated")
    readonly_fields = ("pid", "owner", "zoo", "draft_number", "created", "updated")
    inlines = (VersionInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("draft").annotate(n=Count("versions"))

    @display(description="versions", ordering="n")
    def n_versions(self, row: Any) -> int:
        return row.n

    @display(description="page")
    def open_page(self, row: Design) -> str:
        return page_link(f"/designs/{row.pid}")

    def remove(self, row: Any) -> None:
        trash.delete(row)
