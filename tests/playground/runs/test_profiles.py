"""Profiles as runs: asked for within limits, claimed alone on their machine, measured by the real engine, kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from models_core.compile import bind, build
from models_core.design import read
from models_core.model import Model
from playground.accounts.models import User
from playground.designs import services as designs
from playground.runs import artifacts, journal, lease, services, supervisor
from playground.runs.models import Kind, Run, State
from tests.conftest import World
from tests.playground.conftest import small_design

JSON = "application/json"
QUICK = {"batches": [4, 1], "repeats": 3, "warmup": 1, "device": "cpu"}


@pytest.fixture
def make_profile(make_run: Callable[..., Run]) -> Callable[..., Run]:
    return lambda **fields: make_run(**{"kind": Kind.PROFILE, "builtin": "", **fields})


def ask(client: Client, **body: Any) -> Any:
    return client.post("/api/runs/profile", {**QUICK, **body}, content_type=JSON)


def measure(client: Client, id: str) -> dict[str, Any]:
    """The run after a worker has taken it."""
    assert supervisor.next_run("runs", {})
    return client.get(f"/api/runs/{id}").json()


def test_a_design_from_asking_to_figures(client: Client, user: User, settings: Any) -> None:
    settings.BLOCKYARD_PROFILE_EACH_SECONDS = 0.2
    design = designs.create(user, small_design())
    made = ask(client, design_id=design.pid, dataset="digits", threads=1).json()
    run = measure(client, made["id"])
    assert (run["state"], run["kind"], run["error"]) == ("done", "profile", None)
    assert (run["name"], run["design"]["version"], run["threads"]) == ("Profile of small v1", 1, 1)
    found = run["result"]
    assert [(one["backend"], one["batch"]) for one in found["latency_ms"]] == [
        ("eager", 1),
        ("eager", 4),
        ("onnxruntime", 1),
        ("onnxruntime", 4),
    ]
    assert set(found["nodes"]) == {leaf.path for leaf in bind(read(small_design())).leaves}
    assert (run["progress"]["step"], run["progress"]["total_steps"]) == (8, 8)
    # What a page asks for to tell whether it shows the very design that was measured.
    shown = client.post("/api/analyze", {"design": small_design(), "dataset": "digits"}, content_type=JSON).json()
    assert found["hash"] == shown["hash"]
    assert run["latency"]["p50_ms"] == found["latency_ms"][0]["p50_ms"]
    (beside,) = client.get(f"/api/designs/{design.pid}/latency", {"dataset": "digits"}).json()["items"]
    assert (beside["run"]["id"], beside["hash"]) == (made["id"], found["hash"])
    # The long document is the run's; the event says that it is there.
    events = journal.after(Run.objects.get(pid=made["id"]).pk, 0)[1]
    assert [set(event) for event in events if event["type"] == "profile"] == [{"type", "t", "seq"}]
    files = {row["name"] for row in client.get(f"/api/runs/{made['id']}/artifacts").json()["items"]}
    assert files == {"design.json", "profile.json", "latency.csv", "nodes.csv"}
    kept = b"".join(client.get(f"/api/runs/{made['id']}/artifacts/profile.json"))
    assert json.loads(kept)["nodes"] == found["nodes"]


def test_the_model_of_a_run_is_measured_though_the_run_goes(client: Client, user: User, settings: Any) -> None:
    settings.BLOCKYARD_PROFILE_EACH_SECONDS = 0.05
    version = designs.create(user, small_design()).versions.get()
    trained = Run.objects.create(owner=user, name="trained", design_version=version, builtin="digits", state="done")
    bound = bind(read(small_design()))
    Model(bound, build(bound)).write(artifacts.attempt_folder(trained.pid, 0))
    artifacts.register(trained.pk, trained.pid, 0)
    made = ask(client, run=trained.pid, backends=["eager"]).json()
    services.delete(trained)
    run = measure(client, made["id"])
    assert (run["state"], run["name"]) == ("done", "Profile of trained")
    assert run["weights"] == {"run": trained.pid, "name": "trained", "checkpoint": "best", "strict": True, "url": None}
    assert {one["backend"] for one in run["result"]["latency_ms"]} == {"eager"}


def test_what_goes_too_far_is_refused(
    client: Client, stranger: Client, user: User, settings: Any, make_run: Callable[..., Run]
) -> None:
    design = designs.create(user, small_design())
    form = client.get("/api/runs/profile").json()
    many = list(range(1, form["most_batches"] + 2))
    for body, where in (
        ({"batches": many}, "batches"),
        ({"batches": [form["most_samples"] + 1]}, "batches"),
        ({"repeats": form["most_repeats"] + 1}, "repeats"),
        ({"threads": form["threads"] + 1}, "threads"),
        ({"run": "both"}, "design_id"),
    ):
        answer = ask(client, design_id=design.pid, **body)
        assert (answer.status_code, answer.json()["error"]["where"]) == (422, where), body
    assert ask(client).status_code == 422
    assert ask(client, design_id=design.pid, batches=[]).status_code == 422
    assert ask(stranger, design_id=design.pid).status_code == 404
    mine = make_run(owner="ada", state=State.DONE)
    assert ask(stranger, run=mine.pid).status_code == 404
    assert ask(client, run=mine.pid).status_code == 409
    broken = small_design()
    broken["nodes"][1]["params"]["in_features"] = 99
    assert ask(client, design_id=design.pid, design=broken).json()["error"]["code"] == "bad_design"
    settings.BLOCKYARD_MAX_MEMORY = 2**20
    assert ask(client, design_id=design.pid).json()["error"]["code"] == "too_large"
    assert not Run.objects.filter(kind=Kind.PROFILE).exists()


@pytest.mark.usefixtures("built")
def test_a_profile_among_the_runs(client: Client, user: User) -> None:
    design = designs.create(user, small_design())
    made = ask(client, design_id=design.pid).json()
    (row,) = client.get("/api/runs?kind=profile").json()["items"]
    assert (row["id"], row["url"], row["dataset"]) == (made["id"], f"/runs/{made['id']}", None)
    assert client.get(made["url"]).status_code == 200
    assert client.post(f"/api/runs/{made['id']}/rerun", {}, content_type=JSON).status_code == 409
    assert client.post("/api/demos", {"run": made["id"]}, content_type=JSON).status_code == 409
    assert client.post(f"/api/runs/{made['id']}/cancel").json()["state"] == "cancelled"
    assert client.post(f"/api/runs/{made['id']}/resume").json()["state"] == "queued"


class TestTheMachineIsItsOwn:
    """Two slots are two claims on one machine."""

    def test_it_waits_for_what_runs_and_nothing_overtakes_it(
        self, db: None, make_run: Callable[..., Run], make_profile: Callable[..., Run]
    ) -> None:
        first, second, profile, last = make_run(), make_run(), make_profile(), make_run()
        assert [lease.claim().run_id, lease.claim().run_id] == [first.pk, second.pk]
        assert lease.claim() is None
        Run.objects.filter(pk=first.pk).update(state=State.DONE)
        # One slot is free now, yet the other still trains; the training behind does not get it.
        assert lease.claim() is None
        Run.objects.filter(pk=second.pk).update(state=State.DONE)
        assert lease.claim().run_id == profile.pk
        assert lease.claim() is None
        Run.objects.filter(pk=profile.pk).update(state=State.DONE)
        assert lease.claim().run_id == last.pk

    def test_a_lost_one_keeps_its_machine_and_checks_wait_too(
        self, db: None, make_run: Callable[..., Run], make_profile: Callable[..., Run]
    ) -> None:
        running = make_profile()
        assert lease.claim().run_id == running.pk
        Run.objects.filter(pk=running.pk).update(state=State.LOST)
        make_profile()
        make_run(kind=Kind.CHECK)
        assert lease.claim() is None

    def test_many_of_one_person_do_not_keep_the_others_from_training(
        self, db: None, make_run: Callable[..., Run], make_profile: Callable[..., Run]
    ) -> None:
        for _ in range(3):
            make_profile(owner="ada")
        for _ in range(2):
            make_run(owner="bob")
        kinds = []
        while (claim := lease.claim()) is not None:
            kinds.append(Run.objects.get(pk=claim.run_id).kind)
            lease.finish(claim, State.DONE, [])
        assert kinds == ["profile", "train", "profile", "train", "profile"]


def test_a_killed_worker_leaves_it_to_be_measured_anew(client: Client, user: User, settings: Any) -> None:
    settings.BLOCKYARD_PROFILE_EACH_SECONDS = 0.05
    design = designs.create(user, small_design())
    made = ask(client, design_id=design.pid, backends=["eager"]).json()
    claim = lease.claim()
    (artifacts.attempt_folder(claim.pid, claim.fence)).mkdir(parents=True)
    assert lease.recover(Run.objects.get(pk=claim.run_id), "its worker is gone") == State.QUEUED
    run = measure(client, made["id"])
    assert (run["state"], run["attempt"]) == ("done", 2)
    assert len(list(artifacts.run_folder(made["id"]).glob("f*"))) == 1


ENDLESS = """
import json, sys
print(json.dumps({"type": "progress", "step": 1, "total_steps": 4}), flush=True)
sys.stdin.readline()
sys.exit(3)
"""


def test_a_running_one_is_cancelled(world: World, make_profile: Callable[..., Run], settings: Any) -> None:
    settings.BLOCKYARD_ENGINE = [sys.executable, "-c", ENDLESS]
    recipe = {**QUICK, "backends": ["eager"], "seconds": 1, "threads": None, "facts": {}}
    run = make_profile(recipe=recipe)
    claim = lease.claim()
    Run.objects.filter(pk=run.pk).update(desired="cancel")
    supervisor.Supervisor(claim, {}).work()
    run.refresh_from_db()
    assert (run.state, run.resumable) == (State.CANCELLED, True)
