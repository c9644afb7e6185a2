"""Time and memory of nodes over HTTP, measured by the real engine."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from models_core.compile import bind
from models_core.design import read
from playground.accounts.models import User
from playground.designs import services as designs
from playground.runs import engine, turns
from playground.runs.models import Run
from tests.playground.conftest import small_design

JSON = "application/json"


def ask(client: Client, **body: Any) -> Any:
    given = {"design": small_design(), "dataset": "digits", **body}
    return client.post("/api/profile", given, content_type=JSON)


def test_every_node_is_measured(client: Client, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    version = designs.create(user, small_design()).versions.get()
    Run.objects.create(owner=user, design_version=version, builtin="digits", name="first", state="running", fence=1)
    answer = ask(client, batch=5)
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert set(found["nodes"]) == {leaf.path for leaf in bind(read(small_design())).leaves}
    assert all(node["ms"] > 0 for node in found["nodes"].values())
    assert (found["batch"], found["busy"]) == (5, 1)
    assert 0 < found["p50_ms"] <= found["p95_ms"]
    # Ten classes of the data, five samples, four bytes each.
    assert list(found["nodes"].values())[-1]["bytes"] == 5 * 10 * 4


def test_what_cannot_be_measured_says_why(client: Client, settings: Any) -> None:
    broken = small_design()
    broken["nodes"][1]["params"]["in_features"] = 99
    answer = ask(client, design=broken)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_design")
    assert "no errors" in answer.json()["error"]["message"]
    assert ask(client, dataset="nowhere").status_code == 404
    assert ask(client, batch=0).status_code == 422
    settings.BLOCKYARD_MAX_MEMORY = 2**20
    answer = ask(client)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "too_large")
    assert "BLOCKYARD_MAX_MEMORY" in answer.json()["error"]["message"]


def test_what_takes_too_long_is_stopped(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "GRACE_S", 0.1)
    settings.BLOCKYARD_PROFILE_SECONDS = 0.02
    answer = ask(client)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "not_measured")
    assert "longer than" in answer.json()["error"]["message"]


def test_others_measure_first(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.1)
    with turns._place:
        answer = ask(client)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "busy")
