from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from unfold.decorators import action, display

from playground.demos.models import Demo
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
    list_filter = (
        "state",
        "kind",
        "device",
        ("owner", admin.RelatedOnlyFieldListFilter),
        "dataset_name",
        ("design_version__design", admin.RelatedOnlyFieldListFilter),
        "created",
        "finished",
    )
    search_fields = ("name", "pid", "owner__username", "design_version__design__name", "error__message")
    actions = ("cancel_runs", "requeue_runs", "take_first", "take_in_turn", "export_csv")
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

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Names with what their files take, and how much goes in all: a run's files and demos go with it."""
        pks = [run.pk for run in objs]
        files = {"n": Count("artifacts"), "bytes": Sum("artifacts__size")}
        sizes = {row["pk"]: row for row in Run.objects.filter(pk__in=pks).order_by().values("pk").annotate(**files)}
        names = [f"{run.name} ({filesizeformat(sizes[run.pk]['bytes'] or 0)})" for run in objs]
        goes = {
            "runs": len(pks),
            "files": sum(row["n"] for row in sizes.values()),
            "size of the files": filesizeformat(sum(row["bytes"] or 0 for row in sizes.values())),
            "demos that show them": Demo.objects.filter(run__in=pks).count(),
        }
        return names, goes, set(), []

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

    @action(description="Export as CSV")
    def export_csv(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """The chosen runs, one a line, with every column that has one value."""
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="runs-{timezone.localdate()}.csv"'
        lines = csv.writer(answer)
        lines.writerow(title for title, _ in EXPORTED)
        for row in queryset.values_list(*(column for _, column in EXPORTED)).iterator():
            lines.writerow([_cell(value) for value in row])
        return answer


EXPORTED = (
    ("id", "pid"),
    ("name", "name"),
    ("kind", "kind"),
    ("owner", "owner__username"),
    ("state", "state"),
    ("design", "design_version__design__name"),
    ("version", "design_version__number"),
    ("data", "dataset_name"),
    ("paper", "paper"),
    ("check", "check_name"),
    ("device", "device"),
    ("created", "created"),
    ("started", "started"),
    ("finished", "finished"),
    ("seconds", "seconds"),
    ("best_accuracy", "best_accuracy"),
    ("error", "error__message"),
)


def _cell(value: Any) -> Any:
    """A value as a spreadsheet may read it: a name that begins like a formula must not become one."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
