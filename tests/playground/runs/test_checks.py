"""A check is a run: it is claimed alone on its machine, supervised like any other, and what it found is kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from playground.accounts.models import User
from playground.datasets import files
from playground.datasets.models import Dataset
from playground.runs import artifacts, journal, lease, services, supervisor
from playground.runs.models import Kind, Run, State
from playground.web.errors import ApiError
from tests.conftest import World

VERDICT = {"type": "verdict", "paper": "mamba", "check": "linear_time", "verdict": "confirmed", "figure": "8 times"}
ENGINE = f"""
import json, pathlib, sys
pathlib.Path(sys.argv[sys.argv.index("--results") + 1]).mkdir(parents=True)
print(json.dumps({{"type": "log", "level": "info", "message": " ".join(sys.argv[1:])}}))
print({json.dumps(json.dumps(VERDICT))})
"""


@pytest.fixture
def make_check(make_run: Callable[..., Run]) -> Callable[..., Run]:
    def make(**fields: Any) -> Run:
        fields = {"paper": "mamba", "check_name": "linear_time", "builtin": "", "recipe": {"data": {}}, **fields}
        run = make_run(kind=Kind.CHECK, **fields)
        Run.objects.filter(pk=run.pk).update(design_version=None)
        run.refresh_from_db()
        return run

    return make


def test_a_check_from_start_to_verdict(world: World, make_check: Callable[..., Run], settings: Any) -> None:
    settings.BLOCKYARD_ENGINE = [sys.executable, "-c", ENGINE]
    run = make_check()
    data = Dataset.objects.create(owner=run.owner, name="c", filename="c.zip", state=Dataset.State.READY)
    Run.objects.filter(pk=run.pk).update(recipe={"data": {"cifar10": data.pid}})
    assert supervisor.next_run("runs", {})
    run.refresh_from_db()
    assert (run.state, run.error) == (State.DONE, None)
    assert run.result == {name: value for name, value in VERDICT.items() if name != "type"}
    said = next(event["message"] for event in journal.after(run.pk, 0)[1] if event["type"] == "log")
    assert said.startswith("papers check mamba --check linear_time --events - ")
    # What it writes never lands among the project's own results.
    assert f"--results {artifacts.attempt_folder(run.pid, run.fence)} " in f"{said} "
    assert f"--data cifar10={files.data_path(data)}" in said
    assert list(Run.objects.verdicts()) == [run]


def test_nothing_else_runs_beside_a_check(
    db: None, make_run: Callable[..., Run], make_check: Callable[..., Run]
) -> None:
    first, check, last = make_run(), make_check(), make_run()
    assert lease.claim().run_id == first.pk
    # The check is next and waits for the training; the one behind it does not overtake.
    assert lease.claim() is None
    Run.objects.filter(pk=first.pk).update(state=State.DONE)
    assert lease.claim().run_id == check.pk
    assert lease.claim() is None
    Run.objects.filter(pk=check.pk).update(state=State.DONE)
    assert lease.claim().run_id == last.pk


def test_another_machine_goes_on_beside_a_check(
    db: None, make_run: Callable[..., Run], make_check: Callable[..., Run]
) -> None:
    make_check(state=State.RUNNING, worker="elsewhere:1")
    run = make_run()
    assert lease.claim().run_id == run.pk


def test_the_same_check_is_not_queued_twice(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.runs.tasks.ring", lambda *args: None)
    services.start_check(user, "mamba", "linear_time", {}, "Mamba: linear time")
    with pytest.raises(ApiError, match="waits or runs already"):
        services.start_check(user, "mamba", "linear_time", {}, "Mamba: linear time")


@pytest.mark.usefixtures("built")
def test_a_check_among_the_runs(client: Client, user: User, make_check: Callable[..., Run]) -> None:
    run = make_check(name="Mamba: linear time")
    (row,) = client.get("/api/runs?kind=check").json()["items"]
    assert (row["design"], row["dataset"], row["url"]) == (None, None, "/papers/mamba#linear_time")
    assert row["check"] == {"paper": "mamba", "name": "linear_time"}
    assert client.get("/api/runs?kind=train").json()["count"] == 0
    assert client.get(f"/runs/{run.pid}")["Location"] == row["url"]
    assert "Mamba: linear time" in client.get("/runs/").content.decode()
    assert client.post(f"/api/runs/{run.pid}/rerun", {}, content_type="application/json").status_code == 409
    assert client.post(f"/api/runs/{run.pid}/cancel").json()["state"] == "cancelled"
    assert client.post("/api/demos", {"run": run.pid}, content_type="application/json").status_code == 409
