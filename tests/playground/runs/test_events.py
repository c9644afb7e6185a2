"""The documented events are those that an engine and the lease really say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from playground.api import api
from playground.runs.events import Event, MetricsOut
from playground.runs.wire import parse

EVENT: TypeAdapter[Any] = TypeAdapter(Event)


def test_an_engine_says_nothing_else(tmp_path: Path) -> None:
    recipe = {"epochs": 1, "batch_size": 64, "optimizer": {"id": "sgd", "lr": 0.01}, "threads": 1}
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    command = [sys.executable, "-m", "models_core", "train", "mlp", "--data", "digits", "--out", str(tmp_path / "run")]
    command += ["--recipe", str(tmp_path / "recipe.json"), "--cache", str(tmp_path / "cache"), "--events", "-"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    # Its input stays open for as long as it talks: the end of it would end the training.
    assert process.stdout is not None
    said = [event for event in map(parse, process.stdout) if event is not None]
    process.communicate(timeout=30)
    assert process.returncode == 0
    read = [EVENT.validate_python(event) for event in said]
    assert {"start", "latency", "metrics", "progress", "checkpoint", "result", "end"} <= {event.type for event in read}


def test_an_event_of_an_unknown_type_is_none() -> None:
    from pydantic import ValidationError

    try:
        EVENT.validate_python({"type": "sneeze"})
    except ValidationError:
        return
    raise AssertionError("an unknown type was read")


def test_stored_events_are_documented_ones(client: Any, user: Any, monkeypatch: Any) -> None:
    from playground.designs import services as designs
    from playground.runs import services
    from tests.playground.conftest import small_design

    monkeypatch.setattr("playground.runs.tasks.ring", lambda *args: None)
    run = services.start(user, designs.create(user, small_design()).versions.get(), "digits", {})
    services.cancel(run)
    answer = client.get(f"/api/runs/{run.pid}/metrics").json()
    read = MetricsOut.model_validate(answer)
    assert [event.type for event in read.events] == ["state", "end"]
    assert [event.seq for event in read.events] == [1, 2]


def test_the_openapi_document_names_them() -> None:
    schemas = api.get_openapi_schema(path_prefix="/api/")["components"]["schemas"]
    assert {"RewindEvent", "ResetEvent", "MetricsEvent", "CheckpointEvent"} <= set(schemas)
