"""Trainings that begin with the weights of a run: which are offered, what is refused, what the engine is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from models_core.compile import build
from models_core.design import read
from models_core.model.model import write_weights
from playground.accounts.models import User
from playground.designs import services as designs
from playground.runs import artifacts, services, supervisor
from playground.runs.models import Run, State
from tests.conftest import World
from tests.playground.conftest import small_design

JSON = "application/json"


@pytest.fixture
def design(user: User) -> Any:
    return designs.create(user, small_design())


def leave(user: User, design: Any, name: str = "before", classes: int = 10, files: tuple[str, ...] = ("best",)) -> Run:
    """A finished run of the design's first version, with weights for so many classes."""
    version = design.versions.get(number=1)
    run = Run.objects.create(owner=user, name=name, design_version=version, builtin="digits", state="done")
    folder = artifacts.attempt_folder(run.pid, 0)
    folder.mkdir(parents=True)
    for file in files:
        write_weights(folder / f"{file}.safetensors", build(read(small_design()), {"label": {"classes": classes}}))
    artifacts.register(run.pk, run.pid, 0)
    return run


@pytest.fixture
def trained(user: User, design: Any) -> Callable[..., Run]:
    """`leave`, of ada's and her design unless another owner is named."""
    return lambda name="before", owner=user, **more: leave(owner, design, name, **more)


def start(client: Client, design: Any, /, **body: Any) -> Any:
    body = {"design_id": design.pid, "dataset": "digits", "recipe": "quick", **body}
    return client.post("/api/runs", body, content_type=JSON)


def get(client: Client, id: str) -> dict[str, Any]:
    return client.get(f"/api/runs/{id}").json()


def test_a_training_keeps_what_it_begins_with_though_the_run_that_left_it_goes(
    client: Client, design: Any, trained: Callable[..., Run]
) -> None:
    before = trained(files=("best", "last"))
    made = start(client, design, weights={"run": before.pid, "checkpoint": "last"}).json()
    shown = {"run": before.pid, "name": "before", "checkpoint": "last", "strict": True}
    assert get(client, made["id"])["weights"] == {**shown, "url": f"/runs/{before.pid}"}
    held = artifacts.path_of(before.artifacts.get(name="last.safetensors")).read_bytes()
    services.delete(before)
    # Repeated, it begins with them again: they are its own.
    again = client.post(f"/api/runs/{made['id']}/rerun", {}, content_type=JSON).json()
    for id in (made["id"], again["id"]):
        assert get(client, id)["weights"] == {**shown, "url": None}
        assert artifacts.begin_path(Run.objects.get(pid=id)).read_bytes() == held
    fresh = client.post(f"/api/runs/{made['id']}/rerun", {"weights": None}, content_type=JSON).json()
    assert get(client, fresh["id"])["weights"] is None
    services.delete(Run.objects.get(pid=made["id"]))
    assert not artifacts.run_folder(made["id"]).exists()


def test_what_does_not_fit_is_refused_before_it_is_queued(
    client: Client, design: Any, trained: Callable[..., Run]
) -> None:
    before = trained(classes=5)
    answer = start(client, design, weights={"run": before.pid})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["where"]) == (422, "does_not_fit", "weights")
    assert "head.weight is 5 × 4 in the weights, 10 × 4 in the design, and 1 more differs" in error["message"]
    wide = start(client, design, design=small_design(width=9), weights={"run": trained().pid}).json()["error"]
    assert "hidden.weight is 4 × 64 in the weights, 9 × 64 in the design" in wide["message"]
    assert (Run.objects.filter(state="queued").count(), design.versions.count()) == (0, 1)
    loose = start(client, design, weights={"run": before.pid, "strict": False})
    assert loose.status_code == 201
    assert get(client, loose.json()["id"])["weights"]["strict"] is False


def test_weights_that_are_not_there_or_not_ones_own(
    client: Client, design: Any, other: User, trained: Callable[..., Run]
) -> None:
    foreign = trained(owner=other)
    for id in (foreign.pid, "nothing"):
        answer = start(client, design, weights={"run": id})
        assert (answer.status_code, answer.json()["error"]["where"]) == (404, "weights")
    answer = start(client, design, weights={"run": trained().pid, "checkpoint": "last"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_checkpoint")
    assert start(client, design, weights={"run": trained().pid, "checkpoint": "../x"}).status_code == 422
    damaged = trained()
    artifacts.path_of(damaged.artifacts.get()).write_bytes(b"nothing of the kind")
    answer = start(client, design, weights={"run": damaged.pid})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "does_not_fit")


def test_runs_are_offered_where_most_of_their_weights_fit(
    client: Client, user: User, other: User, design: Any, trained: Callable[..., Run]
) -> None:
    five, ten = trained("five", classes=5), trained("ten", files=("best", "last"))
    trained("theirs", owner=other)
    artifacts.path_of(trained("damaged").artifacts.get()).write_bytes(b"")
    body = {"design": small_design(), "design_id": design.pid, "dataset": "digits"}
    rows = client.post("/api/runs/weights", body, content_type=JSON).json()["items"]
    assert [(row["run"], row["fits"], row["own"]) for row in rows] == [(ten.pid, True, True), (five.pid, False, True)]
    assert rows[0]["checkpoints"] == ["best", "last"]
    assert (rows[1]["fitting"], rows[1]["tensors"]) == (2, 4)
    assert rows[1]["fresh"] == ["head.weight (10 × 4, held as 5 × 4)", "head.bias (10, held as 5)"]
    # Of another design, the same network is offered, too.
    copy = designs.create(user, small_design("copy"))
    rows = client.post("/api/runs/weights", {"design_id": copy.pid, "dataset": "digits"}, content_type=JSON).json()
    assert [(row["run"], row["own"]) for row in rows["items"]] == [(ten.pid, False), (five.pid, False)]
    wide = {**body, "design": small_design(width=9)}
    assert client.post("/api/runs/weights", wide, content_type=JSON).json() == {"items": []}
    broken = small_design()
    broken["edges"] = broken["edges"][:-2]
    assert client.post("/api/runs/weights", {**body, "design": broken}, content_type=JSON).json() == {"items": []}


def test_the_engine_is_given_them_and_begins_with_them(world: World, settings: Any) -> None:
    user = User.objects.create_user("ada")
    design = designs.create(user, small_design())
    client = Client()
    client.force_login(user)
    recipe = {"epochs": 1, "batch_size": 256, "threads": 1}
    echo = "import json, sys\nprint(json.dumps({'type': 'log', 'level': 'info', 'message': ' '.join(sys.argv[1:])}))"
    # An engine that takes long to start on a busy machine is not what this is about.
    settings.BLOCKYARD_BEAT_SECONDS = 5.0
    settings.BLOCKYARD_ENGINE = [sys.executable, "-c", echo]
    loose = {"run": leave(user, design, classes=5).pid, "strict": False}
    run = Run.objects.get(pid=start(client, design, recipe=recipe, weights=loose).json()["id"])
    assert supervisor.next_run("runs", {})
    assert any(f"--weights {artifacts.begin_path(run)} --no-strict" in line for line in log_of(run))
    settings.BLOCKYARD_ENGINE = []
    whole = {"run": leave(user, design).pid}
    run = Run.objects.get(pid=start(client, design, recipe=recipe, weights=whole).json()["id"])
    assert supervisor.next_run("runs", {})
    run.refresh_from_db()
    assert (run.state, run.error) == (State.DONE, None)
    assert f"begins with all 4 tensors of {whole['run']}-best.safetensors" in log_of(run)


def log_of(run: Run) -> list[str]:
    return [event["message"] for row in run.event_rows.all() for event in row.body if event["type"] == "log"]
