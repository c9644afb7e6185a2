from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from .models import Announcement


@admin.register(Announcement)
class AnnouncementAdmin(ModelAdmin):
    list_display = ("text", "show_state", "level", "stops_runs", "begins", "ends")
    list_filter = ("stops_runs", "level")
    search_fields = ("text",)
    fields = ("text", "level", "stops_runs", "begins", "ends")
    actions = ("end_now",)

    @display(description="state", label={"shown": "success", "planned": "info", "over": "warning"})
    def show_state(self, row: Announcement) -> str:
        now = timezone.now()
        return "planned" if row.begins > now else "over" if row.ends and row.ends <= now else "shown"

    @action(description="End now")
    def end_now(self, request: HttpRequest, queryset: QuerySet) -> None:
        ended = queryset.current().update(ends=timezone.now())
        self.message_user(request, f"{ended} ended; runs that waited for it start within seconds.")
