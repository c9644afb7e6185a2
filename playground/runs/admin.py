from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import action, display

from playground.web.admin import OwnedAdmin, page_link
from playground.web.errors import ApiError

from . import services
from .models import Run, State


@admin.register(Run)
class RunAdmin(OwnedAdmin):
    list_display = (
        "name",
        "owner",
        "show_state",
        "device",
        "show_duration",
        "show_accuracy",
        "dataset_name",
        "open_page",
        "created",
    )
    list_select_related = ("owner", "design_version__design")
    list_filter = ("state", "kind", "device", "owner", "dataset_name", "created")
    search_fields = ("name", "pid", "owner__username", "design_version__design__name", "error__message")
    actions = ("cancel_runs", "requeue_runs", "take_first", "take_in_turn")
    along = " with all files"
    fields = (
        "name",
        "kind",
        "pid",
        "owner",
        "state",
        "desired",
        "priority",
        "design_version",
        "dataset_name",
        "paper",
        "check_name",
        "recipe",
        "weights",
        "device",
        "threads",
        "progress",
        "metrics",
        "best_accuracy",
        "latency",
        "result",
        "error",
        "worker",
        "attempt",
        "fence",
        "last_seq",
        "created",
        "started",
        "finished",
        "seconds",
    )
    readonly_fields = tuple(name for name in fields if name != "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("design_version__document")

    @display(
        description="state",
        ordering="state",
        label={
            "done": "success",
            "running": "info",
            "queued": "info",
            "lost": "warning",
            "cancelled": "warning",
            "failed": "danger",
        },
    )
    def show_state(self, run: Run) -> str:
        return run.state

    @display(description="duration", ordering="seconds")
    def show_duration(self, run: Run) -> str:
        going = run.state == State.RUNNING and run.started
        seconds = round(max(run.seconds, (timezone.now() - run.started).total_seconds()) if going else run.seconds)
        if not seconds:
            return "–"
        hours, rest = divmod(seconds, 3600)
        words = (
            f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s" if rest >= 60 else f"{rest} s"
        )
        return words.replace(" ", "\N{NO-BREAK SPACE}")

    @display(description="best accuracy", ordering="best_accuracy")
    def show_accuracy(self, run: Run) -> str:
        return "–" if run.best_accuracy is None else f"{run.best_accuracy:.2%}"

    @display(description="page")
    def open_page(self, run: Run) -> str:
        return page_link(f"/runs/{run.pid}")

    def remove(self, row: Any) -> None:
        services.delete(row)

    def _each(self, request: HttpRequest, rows: QuerySet, do: Callable[[Run], Any], word: str) -> None:
        done = 0
        for run in rows:
            try:
                do(run)
                done += 1
            except ApiError as error:
                messages.warning(request, f"{run.name}: {error.message}")
        if done:
            messages.success(request, f"{done} {'run' if done == 1 else 'runs'} {word}.")

    @action(description="Cancel")
    def cancel_runs(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._each(request, queryset, services.cancel, "cancelled or being stopped")

    @action(description="Queue again, from the last checkpoint")
    def requeue_runs(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._each(request, queryset, services.requeue, "queued again")

    @action(description="Take before everybody's (priority 1)")
    def take_first(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._each(request, queryset, lambda run: services.prioritise(request.user, run, 1), "put first")

    @action(description="Take in turn again (priority 0)")
    def take_in_turn(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._each(request, queryset, lambda run: services.prioritise(request.user, run, 0), "put back in turn")
