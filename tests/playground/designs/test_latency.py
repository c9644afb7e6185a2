"""Latency in the editor: measured by runs, else estimated from the machine's rates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from playground.accounts.models import User
from playground.designs import rates, services
from playground.runs import engine
from playground.runs.models import Run
from tests.models_core.sample import small_design

FIGURES = {"batch": 1, "backend": "eager", "p50_ms": 1.5, "p95_ms": 2.5, "samples_per_s": 667.0, "runs": 50}
RATES = {"macs_per_s": 1e10, "bytes_per_s": 1e10, "operation_s": 1e-5, "device": "cpu", "threads": 1}


def _run(user: User, version: Any, latency: dict[str, Any] | None) -> Run:
    return Run.objects.create(owner=user, design_version=version, builtin="digits", latency=latency, device="cpu")


def test_the_newest_latency_of_each_version(client: Client, user: User) -> None:
    document = small_design().to_json()
    design = services.create(user, document)
    first = design.versions.get()
    _run(user, first, {**FIGURES, "p50_ms": 9.0})
    _run(user, first, FIGURES)
    _run(user, first, None)
    document["variables"]["width"]["value"] = 16
    second = services.save(design, user, document)
    _run(user, second, {**FIGURES, "p50_ms": 3.0})
    items = client.get(f"/api/designs/{design.pid}/latency").json()["items"]
    assert [(one["version"], one["p50_ms"], one["device"]) for one in items] == [(2, 3.0, "cpu"), (1, 1.5, "cpu")]
    assert [one["hash"] for one in items] == [second.hash, first.hash]


def test_the_hash_is_that_on_the_data_the_editor_shows(client: Client, user: User) -> None:
    design = services.create(user, small_design().to_json())
    _run(user, design.versions.get(), FIGURES)
    shown = client.post(
        "/api/analyze", {"design": small_design().to_json(), "dataset": "mnist"}, content_type="application/json"
    ).json()
    (row,) = client.get(f"/api/designs/{design.pid}/latency?dataset=mnist").json()["items"]
    assert row["hash"] == shown["hash"]


def test_other_peoples_runs_are_not_told(client: Client, user: User, other: User) -> None:
    design = services.create(other, small_design().to_json())
    _run(other, design.versions.get(), FIGURES)
    assert client.get(f"/api/designs/{design.pid}/latency").status_code == 404


def test_an_estimate_once_the_rates_are_known(
    client: Client, user: User, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def run_command(args: list[str], **_: Any) -> engine.Outcome:
        asked.append(args)
        return engine.Outcome(0, 0.1, document=RATES)

    monkeypatch.setattr(engine, "run_command", run_command)
    document = {"design": small_design().to_json()}

    def answer() -> Any:
        return client.post("/api/analyze", document, content_type="application/json").json()

    assert answer()["latency_ms"] is None
    assert client.get("/api/rates").json() == RATES
    assert client.get("/api/rates").json() == RATES
    assert asked == [["rates", "--json"]]
    assert answer()["latency_ms"] > 0
    assert json.loads((data_folder / "cache" / "rates.json").read_text()) == RATES
    document["design"]["nodes"][-1]["params"]["in_features"] = 3
    assert answer()["latency_ms"] is None


def test_rates_that_cannot_be_measured_are_a_sentence(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "run_command", lambda *_, **__: engine.Outcome(1, 0.1))
    answer = client.get("/api/rates")
    assert answer.status_code == 503
    assert "could not be measured" in answer.json()["error"]["message"]
    assert rates.known() is None
