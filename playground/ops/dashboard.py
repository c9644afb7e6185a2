"""The administration's front page: queue, workers, machines, runs per day, and why runs failed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import redis
from django.db.models import Avg, Count, F, Min
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from playground.runs.models import HELD, Run, State

from . import machine, workers
from .models import Announcement

N_DAYS, N_FAILURE_DAYS = 30, 7
# The newest failures that are looked through, the causes that are listed, and the runs named with each.
N_FAILURES, N_CAUSES, N_NAMED = 500, 8, 3
# The chart's size in its own units; the page stretches it.
CHART_HEIGHT, STEP, BAR = 120, 20, 14
PARTS = ("done", "failed", "other")
FULL, TIGHT = 95, 80


def add_figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's hook for the front page. Whoever may not see runs gets the plain page."""
    if request.user.has_perm("runs.view_run"):
        context["figures"] = figures()
    return context


def figures() -> dict[str, Any]:
    """All that the front page shows, in six queries whatever there is."""
    now = timezone.now()
    waiting = Run.objects.filter(state=State.QUEUED).aggregate(n=Count("pk"), since=Min("queued"))
    begun = Run.objects.filter(started__gte=F("queued")).filter(started__gte=now - timedelta(days=1))
    mean = begun.aggregate(mean=Avg(F("started") - F("queued")))["mean"]
    running = _running()
    nodes, machines, fault = _nodes(running)
    known = {node["name"] for node in nodes}
    return {
        "queue": {
            "length": waiting["n"],
            "longest": duration((now - waiting["since"]).total_seconds()) if waiting["since"] else None,
            "mean": duration(mean.total_seconds()) if mean else None,
            "paused": getattr(Announcement.objects.maintenance(), "text", ""),
            "link": f"{_runs_page()}?state__exact=queued",
        },
        "running": len(running),
        "nodes": nodes,
        "unheard": [run for run in running if run["worker"] not in known],
        "redis_fault": fault,
        "machines": machines,
        "days": _days(timezone.localdate()),
        "causes": _causes(now - timedelta(days=N_FAILURE_DAYS)),
    }


def duration(seconds: float) -> str:
    """Seconds in the two units that matter."""
    left = max(0, round(seconds))
    for size, unit, small, small_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if left >= size:
            return f"{left // size} {unit} {left % size // small} {small_unit}"
    return f"{left} s"


def _runs_page() -> str:
    return reverse("admin:runs_run_changelist")


def _running() -> list[dict[str, Any]]:
    columns = ("pid", "name", "kind", "state", "worker", "device", "progress", "started", "owner__username")
    return list(Run.objects.filter(state__in=HELD).order_by("started").values(*columns))


def _nodes(running: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bool]:
    """Living worker nodes with what they train, their machines, and whether Redis did not say."""
    try:
        found, fault = workers.alive(), False
    except redis.RedisError:
        found, fault = [], True
    nodes = []
    for node in found:
        held = [run for run in running if run["worker"] == node.name]
        shown = ", ".join(f"GPU {name}" for name in node.devices) if node.devices else "CPU"
        nodes.append({**asdict(node), "shown_devices": shown, "runs": held, "takes_runs": "runs" in node.queues})
    # Two nodes of one machine say the same; without any, this web process tells of its own.
    loads = {node.machine["host"]: node.machine for node in found if node.machine}
    own = asdict(machine.read()) if not loads else None
    machines = [_meters(load) for _, load in sorted(loads.items())] if own is None else [_meters(own)]
    return nodes, machines, fault


def _meters(load: dict[str, Any]) -> dict[str, Any]:
    meters = [_meter(f"CPU, {load['cores']} cores", load["cpu_percent"])]
    meters.append(_meter("Memory", None, load["memory_used"], load["memory_total"]))
    meters.append(_meter("Disk", None, load["disk_used"], load["disk_total"]))
    for gpu in load["gpus"]:
        meters.append(_meter(gpu["name"], gpu["percent"]))
        meters.append(_meter(f"{gpu['name']}, memory", None, gpu["memory_used"], gpu["memory_total"]))
    return {"host": load["host"], "meters": meters}


def _meter(title: str, percent: float | None, used: int = 0, total: int = 0) -> dict[str, Any]:
    share = percent if percent is not None else 100 * used / total if total else 0.0
    level = "bad" if share >= FULL else "warn" if share >= TIGHT else "ok"
    # A busy processor is what one wants; full memory and disks are not.
    return {
        "title": title,
        "percent": round(share),
        "used": used,
        "total": total,
        "level": "ok" if percent is not None else level,
    }


def _days(today: date) -> dict[str, Any]:
    """Runs made on each of the last days, as bars of a chart: done, failed, and what is neither."""
    first = today - timedelta(days=N_DAYS - 1)
    rows = Run.objects.filter(created__date__gte=first).order_by().values_list(TruncDate("created"), "state")
    counts: dict[date, Counter[str]] = {first + timedelta(days=n): Counter() for n in range(N_DAYS)}
    for day, state, n in rows.annotate(n=Count("pk")):
        if day in counts:
            counts[day][state if state in PARTS else "other"] += n
    top = max(max(found.total() for found in counts.values()), 1)
    bars = []
    for index, (day, found) in enumerate(counts.items()):
        x, y, parts = index * STEP + (STEP - BAR) / 2, float(CHART_HEIGHT), []
        for part in PARTS:
            height = CHART_HEIGHT * found[part] / top
            y -= height
            if height:
                parts.append({"part": part, "y": round(y, 2), "height": round(height, 2)})
        bars.append({"x": x, "left": index * STEP, "day": day, "n": found.total(), "counts": found, "parts": parts})
    return {
        "bars": bars,
        "top": top,
        "total": sum(bar["n"] for bar in bars),
        "first": first,
        "last": today,
        "width": N_DAYS * STEP,
        "height": CHART_HEIGHT,
        "bar": BAR,
        "step": STEP,
    }


def _causes(since: Any) -> list[dict[str, Any]]:
    """Why runs failed, the most frequent first: messages that differ in numbers only are one cause."""
    failed = Run.objects.filter(state=State.FAILED, finished__gte=since).order_by("-finished")
    causes: dict[str, dict[str, Any]] = {}
    for run in failed.values("pid", "name", "error", "finished")[:N_FAILURES]:
        error = run["error"] or {}
        message = str(error.get("message") or "No reason was kept.")
        key = re.sub(r"\d[\d.,]*", "#", message)
        cause = causes.setdefault(
            key, {"message": message, "remedy": error.get("remedy", ""), "n": 0, "newest": run["finished"], "runs": []}
        )
        cause["n"] += 1
        if len(cause["runs"]) < N_NAMED:
            cause["runs"].append(run)
    listed = sorted(causes.values(), key=lambda cause: -cause["n"])[:N_CAUSES]
    for cause in listed:
        cause["more"] = cause["n"] - len(cause["runs"])
        # The list's search takes words in quotes as one; what is in the message of every such run is between numbers.
        words = max(re.split(r"[\d\"'\\]+", cause["message"]), key=len).strip()[:100]
        query = urlencode({"state__exact": State.FAILED, "q": f'"{words}"'})
        cause["link"] = f"{_runs_page()}?{query}"
    return listed
