from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from playground.accounts.models import User
from playground.datasets.models import Dataset
from playground.demos.models import Demo
from playground.designs import services as designs
from playground.designs.models import Design
from playground.runs import artifacts
from playground.runs.models import Run
from playground.trash import services
from tests.playground.conftest import small_design

JSON = "application/json"
ADDRESSES = {"design": "/api/designs/{}", "run": "/api/runs/{}", "dataset": "/api/datasets/{}", "demo": "/api/demos/{}"}


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.runs.tasks.ring", lambda *args: None)


@pytest.fixture
def world(user: User) -> dict[str, Any]:
    """A design trained on a data set, behind a demo."""
    version = designs.create(user, small_design()).versions.get()
    dataset = Dataset.objects.create(owner=user, name="data", filename="a.csv", state="ready")
    run = Run.objects.create(
        owner=user, name="run", design_version=version, dataset=dataset, dataset_name="data", state="done"
    )
    demo = Demo.objects.create(owner=user, run=run, title="demo")
    return {"design": version.design, "run": run, "dataset": dataset, "demo": demo}


def address(kind: str, row: Any) -> str:
    return ADDRESSES[kind].format(row.pid)


def count(client: Client, kind: str) -> int:
    found = client.get(f"/api/{kind}s").json()
    return sum(not item.get("builtin") for item in found["items"])


def in_trash(client: Client) -> list[tuple[str, str]]:
    return [(item["kind"], item["id"]) for item in client.get("/api/trash").json()["items"]]


@pytest.mark.parametrize("kind", list(ADDRESSES))
def test_what_is_deleted_is_gone_until_it_is_restored(client: Client, world: dict[str, Any], kind: str) -> None:
    row = world[kind]
    assert client.delete(address(kind, row)).status_code == 204
    assert in_trash(client) == [(kind, row.pid)]
    assert count(client, kind) == 0
    # Nothing but the trash finds it: no read, no write, no second deletion.
    assert client.patch(address(kind, row), {"note": "x"}, content_type=JSON).status_code == 404
    assert client.delete(address(kind, row)).status_code == 404
    restored = client.post(f"/api/trash/{kind}/{row.pid}/restore", {}, content_type=JSON)
    assert restored.json()["id"] == row.pid
    assert in_trash(client) == []
    assert count(client, kind) == 1
    assert client.post(f"/api/trash/{kind}/{row.pid}/restore", {}, content_type=JSON).status_code == 404


def test_a_run_takes_its_demos_along_and_brings_them_back(client: Client, world: dict[str, Any]) -> None:
    client.delete(address("run", world["run"]))
    assert count(client, "demo") == 0
    assert client.get(f"/d/{world['demo'].pid}").status_code == 404
    assert client.post(f"{address('demo', world['demo'])}/predict", {"text": "x"}, content_type=JSON).status_code == 404
    assert client.get("/api/trash").json()["items"][0]["demos"] == 1
    client.post(f"/api/trash/run/{world['run'].pid}/restore", {}, content_type=JSON)
    assert count(client, "demo") == 1


def test_a_demo_waits_for_its_run(client: Client, world: dict[str, Any]) -> None:
    client.delete(address("demo", world["demo"]))
    client.delete(address("run", world["run"]))
    refused = client.post(f"/api/trash/demo/{world['demo'].pid}/restore", {}, content_type=JSON)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "run_in_trash")


def test_a_run_that_waits_is_cancelled(client: Client, world: dict[str, Any]) -> None:
    Run.objects.update(state="queued")
    client.delete(address("run", world["run"]))
    assert Run.objects.get().state == "cancelled"
    Run.objects.update(state="running", trashed=None)
    client.delete(address("run", world["run"]))
    # A running one is told to stop, and ends by itself.
    assert (Run.objects.get().state, Run.objects.get().desired) == ("running", "cancel")


def test_runs_outlive_their_design_and_data_in_the_trash(client: Client, world: dict[str, Any]) -> None:
    for kind in ("design", "dataset"):
        client.delete(address(kind, world[kind]))
    run = client.get(address("run", world["run"])).json()
    assert (run["design"]["name"], run["design"]["url"]) == ("small", None)
    assert (run["dataset"]["name"], run["dataset"]["url"]) == ("data", None)
    for kind in ("design", "dataset"):
        refused = client.delete(f"/api/trash/{kind}/{world[kind].pid}")
        assert refused.status_code == 409
        assert "one run" in refused.json()["error"]["message"]
    assert {item["runs"] for item in client.get("/api/trash").json()["items"]} == {1}


def test_deleting_for_good_frees_the_files(client: Client, world: dict[str, Any]) -> None:
    folder = artifacts.attempt_folder(world["run"].pid, 0)
    folder.mkdir(parents=True)
    (folder / "best.safetensors").write_bytes(b"x")
    client.delete(address("run", world["run"]))
    assert folder.exists()
    assert client.delete(f"/api/trash/run/{world['run'].pid}").status_code == 204
    assert not folder.exists()
    assert not Run.objects.exists()
    assert not Demo.objects.exists()


def test_emptying_takes_what_nothing_needs(client: Client, world: dict[str, Any], user: User) -> None:
    kept = Run.objects.create(owner=user, name="kept", design_version=world["run"].design_version, state="done")
    for kind in ("design", "run", "dataset"):
        client.delete(address(kind, world[kind]))
    assert client.delete("/api/trash").json() == {"deleted": 2, "left": 0}
    assert in_trash(client) == [("design", world["design"].pid)]
    kept.delete()
    assert client.delete("/api/trash").json() == {"deleted": 1, "left": 0}
    assert not Design.objects.exists()


def test_the_trash_empties_itself_after_some_days(world: dict[str, Any], settings: Any, other: User) -> None:
    settings.BLOCKYARD_TRASH_DAYS = 3
    now = timezone.now()
    Run.objects.update(trashed=now - timedelta(days=4))
    Design.objects.update(trashed=now - timedelta(days=2))
    assert services.sweep() == 1
    assert not Run.objects.exists()
    assert Design.objects.exists()
    assert Dataset.objects.exists()
    assert services.sweep() == 0


def test_the_trash_is_ones_own(client: Client, stranger: Client, world: dict[str, Any]) -> None:
    client.delete(address("demo", world["demo"]))
    assert in_trash(stranger) == []
    assert stranger.post(f"/api/trash/demo/{world['demo'].pid}/restore", {}, content_type=JSON).status_code == 404
    assert stranger.delete(f"/api/trash/demo/{world['demo'].pid}").status_code == 404
    assert stranger.delete("/api/trash").json() == {"deleted": 0, "left": 0}
    # Nor does the trash reach what is not in it.
    assert client.delete(f"/api/trash/run/{world['run'].pid}").status_code == 404


def test_the_trash_takes_a_fixed_number_of_queries(
    client: Client, user: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    now = timezone.now()
    for n in range(3):
        version = designs.create(user, small_design()).versions.get()
        run = Run.objects.create(owner=user, name=f"r{n}", design_version=version, state="done", trashed=now)
        Demo.objects.create(owner=user, run=run, title="t", trashed=now)
        Dataset.objects.create(owner=user, name="d", filename="d.csv", trashed=now)
    Design.objects.update(trashed=now)
    # Session, user, count, keys, and the rows of each kind.
    with django_assert_max_num_queries(8):
        assert client.get("/api/trash").json()["count"] == 12
    pages = [client.get(f"/api/trash?limit=5&offset={offset}").json()["items"] for offset in (0, 5, 10)]
    assert len({(item["kind"], item["id"]) for items in pages for item in items}) == 12
