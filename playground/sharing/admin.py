from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from .models import Link


@admin.register(Link)
class LinkAdmin(ModelAdmin):
    list_display = ("__str__", "kind", "owner", "created", "seen", "expires")
    list_select_related = ("owner", "design", "run", "demo")
    search_fields = ("owner__username", "design__name", "run__name", "demo__title")
    readonly_fields = fields = ("pid", "hint", "owner", "design", "run", "demo", "created", "seen", "expires")

    def has_add_permission(self, request: HttpRequest) -> bool:
        # Made on the pages: a token is shown once, to its owner.
        return False
