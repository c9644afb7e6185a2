"""Curves in chunks: points packed 1,024 to a row, with a summary of every 64, so that long runs stay readable."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections import defaultdict
from typing import Any

from django.db.models import Count, Max, Q, Sum

from .models import MetricChunk
from .wire import MARK, Event

CHUNK = 1_024
BUCKET = 64
MAX_SERIES = 200
# Up to here a curve is thinned out from its points; beyond, from the stored summaries.
RAW_POINTS = 16 * CHUNK
# The series of training samples per second, which every training has.
THROUGHPUT = "samples_per_s"

Points = list[tuple[int, float]]
Summary = list[list[Any]]


def extend(run_id: int, events: list[Event]) -> None:
    """Append the events' points to their series; a rewind to step S first cuts everything after S."""
    pending: dict[str, Points] = defaultdict(list)
    for event in events:
        if event["type"] == "rewind" and isinstance(event.get("step"), int):
            _write(run_id, pending)
            pending.clear()
            cut(run_id, event["step"])
        elif event["type"] == "metrics" and isinstance(event.get("step"), int):
            for name, value in _values(event):
                pending[name].append((event["step"], value))
    _write(run_id, pending)


def _values(event: Event) -> list[tuple[str, float]]:
    values = event.get("values")
    if not isinstance(values, dict):
        return []
    marks = event.get(MARK) or []
    found = []
    for name, value in values.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.append((name[:100], float(value)))
        elif value is None and name in marks:
            found.append((name[:100], math.nan))
    return found


def _write(run_id: int, pending: dict[str, Points]) -> None:
    if not pending:
        return
    chunks = MetricChunk.objects.filter(run_id=run_id)
    # Only a series' last chunk has room, so the ones with room are all that is needed to go on.
    open_chunks = {chunk.series: chunk for chunk in chunks.filter(series__in=pending, count__lt=CHUNK)}
    closed = [name for name in pending if name not in open_chunks]
    heads = dict(chunks.filter(series__in=closed).values_list("series").annotate(top=Max("number"))) if closed else {}
    if len(heads) < len(closed):
        room = MAX_SERIES - chunks.values("series").distinct().count()
        unknown = [name for name in closed if name not in heads]
        for name in unknown[max(0, room) :]:
            del pending[name]
    for name, points in pending.items():
        chunk = open_chunks.get(name)
        number = chunk.number if chunk else heads.get(name, -1) + 1
        while points:
            if chunk is None:
                chunk = MetricChunk(run_id=run_id, series=name, number=number, steps=b"", values=b"", summary=[])
            room = CHUNK - chunk.count
            _fill(chunk, points[:room])
            chunk.save()
            points = points[room:]
            chunk, number = None, number + 1


def _fill(chunk: MetricChunk, points: Points) -> None:
    steps, values = unpack(chunk)
    steps.extend(step for step, _ in points)
    values.extend(value for _, value in points)
    _store(chunk, steps, values, from_bucket=chunk.count // BUCKET)


def _store(chunk: MetricChunk, steps: array[int], values: array[float], from_bucket: int) -> None:
    summary: Summary = chunk.summary[:from_bucket]
    for start in range(from_bucket * BUCKET, len(steps), BUCKET):
        summary.append(_summarise(steps[start : start + BUCKET], values[start : start + BUCKET]))
    chunk.summary = summary
    chunk.count = len(steps)
    chunk.first_step, chunk.last_step = steps[0], steps[-1]
    chunk.steps, chunk.values = steps.tobytes(), values.tobytes()


def _summarise(steps: Any, values: Any) -> list[Any]:
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return [steps[0], steps[-1], None, None, None, 0]
    return [steps[0], steps[-1], min(finite), max(finite), math.fsum(finite) / len(finite), len(finite)]


def unpack(chunk: MetricChunk) -> tuple[array[int], array[float]]:
    """A chunk's steps and values; a value that was NaN or infinite is NaN."""
    steps, values = array("q"), array("d")
    steps.frombytes(bytes(chunk.steps))
    values.frombytes(bytes(chunk.values))
    return steps, values


def cut(run_id: int, step: int) -> None:
    """Drop all points after `step`: a resumed run measures them again."""
    chunks = MetricChunk.objects.filter(run_id=run_id, last_step__gt=step)
    chunks.filter(first_step__gt=step).delete()
    for chunk in chunks:
        steps, values = unpack(chunk)
        keep = bisect_right(steps, step)
        _store(chunk, steps[:keep], values[:keep], from_bucket=min(keep, chunk.count) // BUCKET)
        chunk.save()


def sizes(run_id: int) -> dict[str, int]:
    """How many points each series has."""
    rows = MetricChunk.objects.filter(run_id=run_id).order_by("series").values_list("series")
    return dict(rows.annotate(points=Sum("count")))


def cut_to(run_id: int, counts: dict[str, int]) -> None:
    """Leave each series its first points, as many as `counts` says: a checkpoint knows what was measured before it."""
    for name, size in sizes(run_id).items():
        most = counts.get(name, 0)
        if size <= most:
            continue
        for chunk in MetricChunk.objects.filter(run_id=run_id, series=name, number__gte=most // CHUNK):
            keep = most - chunk.number * CHUNK
            if keep <= 0:
                chunk.delete()
            elif keep < chunk.count:
                steps, values = unpack(chunk)
                _store(chunk, steps[:keep], values[:keep], from_bucket=keep // BUCKET)
                chunk.save()


def read(run_id: int, points: int) -> dict[str, dict[str, list[Any]]]:
    """Each series thinned out to at most about `points` points.

    A thinned-out series has the mean of each stretch in `values`, and its least and greatest in `low` and `high`.
    """
    chunks = MetricChunk.objects.filter(run_id=run_id)
    sizes = chunks.order_by("series").values("series").annotate(points=Sum("count"), rows=Count("pk"))
    return {row["series"]: _series(run_id, row["series"], row["points"], points) for row in sizes}


def read_many(run_ids: list[int], names: list[str], points: int) -> dict[int, dict[str, dict[str, list[Any]]]]:
    """The named series of several runs, thinned out as by `read`: at most three queries, however many there are."""
    chunks = MetricChunk.objects.filter(run_id__in=run_ids, series__in=names).order_by("run_id", "series", "number")
    sizes = chunks.order_by().values_list("run_id", "series").annotate(points=Sum("count"))
    n_points = {(run_id, name): count for run_id, name, count in sizes}
    long = Q(pk__in=[])
    for name in names:
        long |= Q(
            series=name, run_id__in=[at[0] for at, count in n_points.items() if at[1] == name and count > RAW_POINTS]
        )
    packed: dict[tuple[int, str], tuple[array[int], array[float]]] = defaultdict(lambda: (array("q"), array("d")))
    stored: dict[tuple[int, str], Summary] = defaultdict(list)
    for chunk in chunks.exclude(long).only("run_id", "series", "steps", "values"):
        for whole, part in zip(packed[chunk.run_id, chunk.series], unpack(chunk), strict=True):
            whole.extend(part)
    if any(count > RAW_POINTS for count in n_points.values()):
        for run_id, name, summary in chunks.filter(long).values_list("run_id", "series", "summary"):
            stored[run_id, name].extend(summary)
    found: dict[int, dict[str, dict[str, list[Any]]]] = defaultdict(dict)
    for at, count in n_points.items():
        found[at[0]][at[1]] = _of_stored(stored[at], points) if count > RAW_POINTS else _of_points(*packed[at], points)
    return found


def _series(run_id: int, name: str, n_points: int, most: int) -> dict[str, list[Any]]:
    chunks = MetricChunk.objects.filter(run_id=run_id, series=name).order_by("number")
    if n_points > RAW_POINTS:
        return _of_stored([row for summary in chunks.values_list("summary", flat=True) for row in summary], most)
    steps, values = array("q"), array("d")
    for chunk in chunks.only("steps", "values"):
        more = unpack(chunk)
        steps.extend(more[0])
        values.extend(more[1])
    return _of_points(steps, values, most)


def _of_points(steps: array[int], values: array[float], most: int) -> dict[str, list[Any]]:
    if len(steps) <= most:
        return {"steps": steps.tolist(), "values": [value if math.isfinite(value) else None for value in values]}
    size = math.ceil(len(steps) / most)
    return _thinned([_summarise(steps[at : at + size], values[at : at + size]) for at in range(0, len(steps), size)])


def _of_stored(stored: Summary, most: int) -> dict[str, list[Any]]:
    size = math.ceil(len(stored) / most)
    return _thinned([_join(stored[at : at + size]) for at in range(0, len(stored), size)])


def _thinned(rows: Summary) -> dict[str, list[Any]]:
    return {
        "steps": [row[1] for row in rows],
        "values": [row[4] for row in rows],
        "low": [row[2] for row in rows],
        "high": [row[3] for row in rows],
    }


def _join(rows: Summary) -> list[Any]:
    finite = [row for row in rows if row[5]]
    count = sum(row[5] for row in finite)
    if not count:
        return [rows[0][0], rows[-1][1], None, None, None, 0]
    mean = math.fsum(row[4] * row[5] for row in finite) / count
    return [rows[0][0], rows[-1][1], min(row[2] for row in finite), max(row[3] for row in finite), mean, count]
