"""Health, readiness, metrics, and what each request leaves in the log."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from playground.asgi import application
from playground.ops import ready, workers
from playground.runs.models import Run, State
from tests.conftest import World

Answer = tuple[int, dict[str, str], bytes]


def ask(path: str, client: str = "127.0.0.1", **headers: str) -> Answer:
    """One GET to the whole ASGI application."""
    sent: list[Any] = []
    given = {"host": "localhost:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}

    async def exchange() -> None:
        messages = [{"type": "http.request", "body": b""}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await asyncio.sleep(60)

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "scheme": "http",
            "client": (client, 5000),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        await application(scope, receive, send)

    asyncio.run(exchange())
    names = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], names, b"".join(part.get("body", b"") for part in sent[1:])


@pytest.fixture(autouse=True)
def looks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ready, "REMEMBER_S", -1.0)


def test_health_needs_nothing() -> None:
    """Neither a database (this test has none), nor a host name of ours."""
    status, headers, body = ask("/healthz", host="10.0.0.7:8000")
    assert (status, json.loads(body)) == (200, {"ok": True})
    assert headers["cache-control"] == "no-store"


def test_readiness_names_what_is_missing(world: World) -> None:
    assert (ask("/readyz")[0], json.loads(ask("/readyz")[2])["checks"]["redis"]) == (200, "ok")
    from django.conf import settings

    settings.BLOCKYARD_REDIS_URL = f"unix://{world.data}/nobody.sock"
    (world.data / "file").touch()
    settings.BLOCKYARD_DATA = world.data / "file"
    status, _, body = ask("/readyz", host="anything")
    found = json.loads(body)
    assert (status, found["ok"]) == (503, False)
    assert found["checks"] == {
        "database": "ok",
        "migrations": "ok",
        "redis": "does not answer",
        "data_folder": "cannot be written",
    }
    # Where it looked stands in the log, not in the answer.
    assert str(world.data) not in body.decode()


def test_tables_that_are_not_up_to_date(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    monkeypatch.setattr(ready, "_migrated", False)
    ((_, newest),) = MigrationLoader(connection).graph.leaf_nodes("runs")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'runs' AND name = %s", [newest])
    assert "manage.py migrate" in json.loads(ask("/readyz")[2])["checks"]["migrations"]


@pytest.fixture
def redis_here(redis_server: Any, settings: Any, request: pytest.FixtureRequest) -> None:
    settings.BLOCKYARD_REDIS_URL = redis_server.url
    settings.BLOCKYARD_REDIS_PREFIX = request.node.name


@pytest.mark.django_db(transaction=True)
def test_metrics(redis_here: None, make_run: Callable[..., Run]) -> None:
    make_run()
    make_run(state=State.DONE)
    Run.objects.filter(state=State.QUEUED).update(queued=timezone.now() - timedelta(seconds=100))
    workers.note(workers.Worker("one", ["runs"], 2, 1))
    workers.note(workers.Worker("two", ["io"], 1, 1))
    assert ask("/signin")[0] == 200
    status, _, body = ask("/metrics")
    assert status == 200
    figures = dict(line.rsplit(" ", 1) for line in body.decode().splitlines() if not line.startswith("#"))
    assert figures['blockyard_runs{state="queued"}'] == figures['blockyard_runs{state="done"}'] == "1.0"
    assert figures['blockyard_runs{state="failed"}'] == "0.0"
    assert figures['blockyard_queue_length{queue="runs"}'] == "1.0"
    assert 100 <= float(figures['blockyard_queue_oldest_seconds{queue="runs"}']) < 300
    assert figures['blockyard_workers{queue="runs"}'] == "1.0"
    assert figures['blockyard_slots{state="taken"}'] == "1.0"
    assert float(figures['blockyard_http_responses_total{method="GET",route="signin",status="200"}']) >= 1


def test_who_may_read_the_metrics(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.ops.metrics.page", lambda: b"figures")
    assert ask("/metrics")[0] == 200
    assert ask("/metrics", client="10.1.2.3")[0] == 404
    assert ask("/metrics", host="rebound.example")[0] == 404
    assert ask("/metrics", x_forwarded_for="10.1.2.3")[0] == 404  # a proxy on this machine
    settings.BLOCKYARD_METRICS_TOKEN = "a token of twenty signs"
    assert ask("/metrics")[0] == 404
    assert ask("/metrics", authorization="Bearer another")[0] == 404
    allowed = "Bearer a token of twenty signs"
    assert ask("/metrics", client="10.1.2.3", host="web:8000", authorization=allowed)[2] == b"figures"


@pytest.mark.django_db(transaction=True)
def test_a_request_is_one_line_with_its_id(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.BLOCKYARD_LOG_REQUESTS = True
    with caplog.at_level(logging.INFO, "playground.requests"):
        given = ask("/api/runs", x_request_id="from-the-proxy-1")[1]["x-request-id"]
        made = ask("/api/runs", x_request_id="no good\n")[1]["x-request-id"]
        ask("/signin/s3-cret")
    assert given == "from-the-proxy-1"
    assert len(made) == 16
    lines = [record for record in caplog.records if record.name == "playground.requests"]
    assert [(line.path, line.status) for line in lines] == [
        *[("/api/runs", 401)] * 2,
        ("/signin/...", 401),
    ]
    assert all(line.ms > 0 for line in lines)


def test_a_worker_that_falls_silent_is_forgotten(redis_here: None) -> None:
    workers.note(workers.Worker("one", ["runs"], 2, 1))
    assert [worker.name for worker in workers.alive()] == ["one"]
    assert 0 < workers.store().ttl(workers._key("one")) <= 60
    workers.forget("one")
    assert workers.alive() == []
