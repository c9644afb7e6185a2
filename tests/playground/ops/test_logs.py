"""JSON lines with the ids of request and run, from real processes too."""

from __future__ import annotations

import json
import logging
import signal
from collections.abc import Callable

from playground.ops import logs
from playground.runs.models import Run
from tests.conftest import World, wait_for


def line(**extra: object) -> dict[str, object]:
    record = logging.LogRecord("playground.x", logging.INFO, "x.py", 1, "said %d", (3,), None)
    vars(record).update(extra)
    logs.Ids().filter(record)
    return json.loads(logs.Json().format(record))


def test_ids_are_there_while_there_is_a_request_or_a_run() -> None:
    plain = line(request=object())
    assert plain.pop("time")
    assert plain == {"level": "INFO", "logger": "playground.x", "message": "said 3"}
    request, run = logs.request.set("r1"), logs.run.set("a1")
    assert line(ms=1.5).items() >= {"request_id": "r1", "run": "a1", "ms": 1.5}.items()
    logs.run.reset(run)
    logs.request.reset(request)
    assert "run" not in line()


def test_a_request_writes_no_lines_of_its_own_and_no_link() -> None:
    given = ("/a\nERROR forged\x1b[2J", "/signin/s3-cret /s/s3-cret /api/shared/s3-cret/predict")
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, "%s %s", given, None)
    logs.Ids().filter(record)
    assert (
        logging.Formatter("%(message)s").format(record)
        == r"/a\nERROR forged\x1b[2J /signin/... /s/... /api/shared/.../predict"
    )


def test_a_worker_says_which_run_it_speaks_of(world: World, make_run: Callable[..., Run]) -> None:
    """The log of a real worker that trains: every line is JSON, and those of the run carry its id."""
    world.scripted()
    world.env["BLOCKYARD_LOG_FORMAT"] = "json"
    run = make_run(recipe={"script": {"steps": 3}})
    worker = world.worker()
    wait_for(lambda: Run.objects.get().state == "done", 60)
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
    # Celery's banner is the only thing that is not a record.
    lines = [json.loads(text) for text in world.logs().splitlines() if text.startswith("{")]
    spoken = [entry["message"] for entry in lines if entry.get("run") == run.pid]
    assert any("claim 1" in text for text in spoken)
    assert any("the engine ended with 0" in text for text in spoken)
