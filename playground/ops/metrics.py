"""What Prometheus reads at /metrics: this process's answers, and the state of the site as the database has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import redis
from django.db import close_old_connections
from django.db.models import Avg, Count, F, Min
from django.utils import timezone
from prometheus_client import REGISTRY, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from . import disk

HOUR = timedelta(hours=1)

ANSWERS = Histogram(
    "blockyard_http_seconds",
    "Seconds from a request's headers to the first byte of its answer",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
STATUSES = Counter("blockyard_http_responses", "Answers by status", ("method", "route", "status"))
SOCKETS = Gauge("blockyard_sockets", "Open WebSockets of this process")


class Site(Collector):
    """Read when somebody asks; every web process gives the same figures."""

    def collect(self) -> Iterator[Metric]:
        close_old_connections()
        try:
            yield from _runs()
        finally:
            close_old_connections()
        yield from _workers()
        room = GaugeMetricFamily("blockyard_disk_free_bytes", "Bytes free where the data folder lies")
        room.add_metric([], disk.free())
        yield room

    def describe(self) -> list[Metric]:
        # Without this, registering would ask the database.
        return []


def _runs() -> Iterator[Metric]:
    from playground.runs.models import Run, State

    states = GaugeMetricFamily("blockyard_runs", "Runs by state", labels=["state"])
    counts = dict(Run.objects.order_by().values_list("state").annotate(n=Count("pk")))
    for state in State.values:
        states.add_metric([state], counts.get(state, 0))
    yield states

    now = timezone.now()
    length = GaugeMetricFamily("blockyard_queue_length", "Runs that wait for a worker", labels=["queue"])
    oldest = GaugeMetricFamily("blockyard_queue_oldest_seconds", "How long the oldest has waited", labels=["queue"])
    waiting = Run.objects.filter(state=State.QUEUED).order_by().values("queue")
    rows = {row["queue"]: row for row in waiting.annotate(n=Count("pk"), since=Min("queued"))}
    for queue in sorted({"runs", *rows}):
        row = rows.get(queue)
        length.add_metric([queue], row["n"] if row else 0)
        oldest.add_metric([queue], max(0.0, (now - row["since"]).total_seconds()) if row else 0)
    yield length
    yield oldest

    # A run that was resumed keeps its first start; it has not waited from its second queueing to that.
    begun = Run.objects.filter(started__gte=F("queued")).filter(started__gte=now - HOUR)
    wait = begun.order_by().aggregate(mean=Avg(F("started") - F("queued")))["mean"]
    mean = GaugeMetricFamily("blockyard_queue_wait_seconds", "Mean wait of the runs that started within the last hour")
    mean.add_metric([], wait.total_seconds() if wait else 0)
    yield mean


def _workers() -> Iterator[Metric]:
    from . import workers

    up = GaugeMetricFamily("blockyard_redis_up", "Whether Redis answers")
    try:
        found = workers.alive()
    except redis.RedisError:
        up.add_metric([], 0)
        yield up
        return
    up.add_metric([], 1)
    yield up
    nodes = GaugeMetricFamily("blockyard_workers", "Worker nodes heard of lately", labels=["queue"])
    slots = GaugeMetricFamily("blockyard_slots", "Places for runs, by whether one is being trained", labels=["state"])
    for queue in sorted({"runs", "io", *(name for worker in found for name in worker.queues)}):
        nodes.add_metric([queue], sum(queue in worker.queues for worker in found))
    training = [worker for worker in found if "runs" in worker.queues]
    slots.add_metric(["free"], sum(worker.free for worker in training))
    slots.add_metric(["taken"], sum(worker.slots - worker.free for worker in training))
    yield nodes
    yield slots


REGISTRY.register(Site())


def page() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(REGISTRY)
