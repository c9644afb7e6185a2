"""What a run says, kept in order: events by sequence number, curves in chunks; and the pages made of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from . import bell, curves
from .models import HELD, NodeState, Run, RunEvent, State
from .wire import Event, clean

# Events that hold numbers only, whose place in the long run is the chunks and the columns of the run.
MEASURES = frozenset({"metrics", "progress", "nodes"})
# A reader further behind than this starts again from a snapshot; rows twice as far back may be dropped.
TOO_FAR = 2_000
# How many of the other events (log lines and such) a snapshot brings.
SNAPSHOT_EVENTS = 500
PRUNE_EVERY = 500
MAX_METRICS = 200


class LeaseLost(Exception):
    """The run was taken over, ended or deleted: whoever gets this stops writing and kills its engine."""


def append(
    run_id: int,
    fence: int,
    events: list[Event],
    /,
    *,
    states: tuple[State, ...] = HELD,
    only: dict[str, Any] | None = None,
    must: bool = True,
    **columns: Any,
) -> bool:
    """Append events and set columns in one transaction that begins with the check of the fence number.

    The counter is raised first, by the same statement that checks: two writers cannot both pass, and the numbers are
    given in the order of commits. Raises LeaseLost where nothing matches (False with `must=False` or `only`).
    """
    rows = [event for event in map(clean, events) if event is not None]
    with transaction.atomic():
        mine = Run.objects.filter(pk=run_id, fence=fence, state__in=states, **(only or {}))
        if not mine.update(last_seq=F("last_seq") + len(rows), **columns):
            if must and not only:
                raise LeaseLost(str(run_id))
            return False
        run = Run.objects.get(pk=run_id)
        if rows:
            rows = _keep_nodes(run_id, rows)
            first = run.last_seq - len(rows) + 1
            RunEvent.objects.create(
                run_id=run_id,
                first_seq=first,
                last_seq=run.last_seq,
                body=[_brief(event) for event in rows],
                notable=any(event["type"] not in MEASURES for event in rows),
            )
            curves.extend(run_id, rows)
            _summarise(run, rows)
            _prune(run, len(rows))
        transaction.on_commit(lambda: bell.ring(run.pid))
    return True


def _keep_nodes(run_id: int, events: list[Event]) -> list[Event]:
    """The events as they are stored: of a look at the nodes that it was, while what it saw replaces the look before."""
    looks = [event for event in events if event["type"] == "nodes"]
    if looks and isinstance(looks[-1].get("nodes"), dict):
        seen = {"step": looks[-1].get("step") or 0, "nodes": looks[-1]["nodes"]}
        NodeState.objects.update_or_create(run_id=run_id, defaults=seen)
    return [
        {key: value for key, value in event.items() if key not in ("nodes", "nonfinite")}
        if event["type"] == "nodes"
        else event
        for event in events
    ]


def _brief(event: Event) -> Event:
    """A profile is as long as its design is large: the run's result has it, the event says that it is there."""
    return {key: event[key] for key in ("type", "t") if key in event} if event["type"] == "profile" else event


def _summarise(run: Run, events: list[Event]) -> None:
    """Bring the run's own columns up to date with what the events say."""
    before = {name: getattr(run, name) for name in SUMMARY}
    for event in events:
        kind = event["type"]
        if kind == "metrics" and isinstance(event.get("values"), dict):
            metrics = {**run.metrics, **event["values"]}
            run.metrics = metrics if len(metrics) <= MAX_METRICS else run.metrics
            run.best_accuracy = _best(run.best_accuracy, event["values"].get("test/accuracy"))
        elif kind == "progress":
            run.progress = {**run.progress, **{key: event[key] for key in PROGRESS if key in event}}
        elif kind == "start":
            totals = {key: event[key] for key in PROGRESS if key in event}
            run.progress = {**run.progress, **totals}
            run.device = str(event.get("device", ""))[:64]
            threads = event.get("threads")
            run.threads = threads if isinstance(threads, int) else run.threads
        elif kind == "rewind":
            run.progress = {**run.progress, "step": event.get("step", 0), "eta_s": None}
        elif kind == "latency":
            run.latency = {key: value for key, value in event.items() if key not in ("type", "t")}
        elif kind in ("result", "verdict", "profile"):
            run.result = {key: value for key, value in event.items() if key not in ("type", "t")}
            metrics = event.get("metrics")
            if isinstance(metrics, dict):
                run.best_accuracy = _best(run.best_accuracy, metrics.get("accuracy"))
    changed = [name for name in SUMMARY if getattr(run, name) != before[name]]
    if changed:
        run.save(update_fields=changed)


SUMMARY = ("metrics", "progress", "device", "threads", "latency", "result", "best_accuracy")
PROGRESS = ("step", "total_steps", "epoch", "total_epochs", "eta_s")


def _best(old: float | None, new: Any) -> float | None:
    if not isinstance(new, int | float) or isinstance(new, bool):
        return old
    return float(new) if old is None else max(old, float(new))


def _prune(run: Run, added: int) -> None:
    """Drop rows of bare measurements that no reader is sent any more; their points are in the chunks."""
    if run.last_seq // PRUNE_EVERY == (run.last_seq - added) // PRUNE_EVERY:
        return
    old = RunEvent.objects.filter(run=run, notable=False, last_seq__lte=run.last_seq - 2 * TOO_FAR)
    # In pieces: a long transaction would keep every other writer of SQLite waiting.
    RunEvent.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:2_000])).delete()


def after(run_id: int, seq: int, limit: int = 1_000) -> tuple[int, list[Event]] | None:
    """The events after `seq`, each with its number, and the number of the last one; None when `seq` is out of reach.

    Out of reach is what lies too far behind, or before us: a browser with another history.
    """
    last = Run.objects.filter(pk=run_id).values_list("last_seq", flat=True).first()
    if last is None or seq > last or last - seq > TOO_FAR:
        return None
    if last == seq:
        return seq, []
    events: list[Event] = []
    # `last` bounds the read: rows of a later commit may already be there, and come next time.
    rows = RunEvent.objects.filter(run_id=run_id, last_seq__gt=seq, last_seq__lte=last).order_by("last_seq")
    for first_seq, body in rows.values_list("first_seq", "body")[:limit]:
        events += ({**event, "seq": first_seq + index} for index, event in enumerate(body) if first_seq + index > seq)
        if len(events) >= limit:
            break
    if not events or events[0]["seq"] != seq + 1:
        return None
    return events[-1]["seq"], events


def snapshot(run: Run, seq: int | None = None, points: int = 800) -> dict[str, Any]:
    """The run's page up to a sequence number: curves of at most about `points` points each, and the other events.

    With `seq` near enough it is the events after it instead (`reset` false).
    """
    if seq is not None:
        news = after(run.pk, seq)
        if news is not None:
            return {"seq": news[0], "reset": False, "series": {}, "events": news[1]}
    with _one_view():
        last = Run.objects.filter(pk=run.pk).values_list("last_seq", flat=True).first() or 0
        series = curves.read(run.pk, points)
        rows = RunEvent.objects.filter(run_id=run.pk, notable=True).order_by("-last_seq")
        found = list(rows.values_list("first_seq", "body")[:SNAPSHOT_EVENTS])
    events = [
        {**event, "seq": first + index}
        for first, body in reversed(found)
        for index, event in enumerate(body)
        if event["type"] not in MEASURES
    ]
    return {"seq": last, "reset": True, "series": series, "events": events[-SNAPSHOT_EVENTS:]}


@contextmanager
def _one_view() -> Iterator[None]:
    """Reads inside see one state of the database, without taking SQLite's write lock."""
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def delete_rows(run_id: int, piece: int = 500, pause: float = 0.0) -> None:
    """Delete a run's events and chunks in short transactions."""
    for model in (RunEvent, curves.MetricChunk):
        while True:
            keys = list(model.objects.filter(run_id=run_id).values_list("pk", flat=True)[:piece])
            if not keys:
                break
            model.objects.filter(pk__in=keys).delete()
            time.sleep(pause)
