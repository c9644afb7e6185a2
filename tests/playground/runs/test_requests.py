"""What somebody may ask of runs: starting, estimates, repeating, downloads."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.test import Client

from models_core.training import memory
from playground.accounts.models import User
from playground.datasets.models import Dataset
from playground.designs import services as designs
from playground.designs.models import DesignVersion
from playground.runs import artifacts, engine, requests, services
from playground.runs.models import Artifact, Run
from tests.playground.conftest import small_design

JSON = "application/json"
# Enough for a small network beside the engine itself, not for five million weights with their gradients.
LIMIT = memory.ENGINE_BYTES + 40 * 2**20


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.runs.tasks.ring", lambda *args: None)


@pytest.fixture
def design(user: User) -> Any:
    return designs.create(user, small_design())


def start(client: Client, design: Any, /, **body: Any) -> Any:
    body = {"design_id": design.pid, "dataset": "digits", "recipe": "quick", **body}
    return client.post("/api/runs", body, content_type=JSON)


def test_starting_queues_a_run_of_the_version(client: Client, design: Any) -> None:
    made = start(client, design).json()
    run = client.get(f"/api/runs/{made['id']}").json()
    assert (run["state"], run["design"]["version"], run["dataset"]["id"]) == ("queued", 1, "digits")
    assert run["task"] == "image_classification"
    assert run["ahead"] == 0
    # The preset was fitted to the data and filled in, so that the run can be repeated.
    assert run["recipe"]["batch_size"] > 0
    assert run["recipe"]["optimizer"]["id"] == "adamw"
    assert client.get(f"/api/runs/{start(client, design).json()['id']}").json()["ahead"] == 1


def test_what_the_editor_holds_is_saved_and_trained(client: Client, design: Any) -> None:
    made = start(client, design, design=small_design(width=9)).json()
    assert made["version"] == 2
    assert DesignVersion.objects.get(number=2).document == small_design(width=9)
    assert client.get(f"/api/runs?design={design.pid}").json()["count"] == 1
    assert client.get(f"/api/designs/{design.pid}/versions").json()["items"][0]["runs"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"version": 9}, 404, "not_found"),
        ({"dataset": "nothing"}, 404, "not_found"),
        ({"recipe": "slow"}, 422, "bad_recipe"),
        ({"recipe": {"epochs": 0}}, 422, "bad_recipe"),
        ({"recipe": {"optimizer": {"id": "adamw", "lr": "fast"}}}, 422, "bad_recipe"),
        ({"design": {"format": "other"}}, 422, "bad_design"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    client: Client, design: Any, body: dict[str, Any], status: int, code: str
) -> None:
    response = start(client, design, **body)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert Run.objects.count() == 0
    assert DesignVersion.objects.count() == 1


def test_every_fault_of_a_recipe_is_named(client: Client, design: Any) -> None:
    response = start(client, design, recipe={"epochs": 0, "batch_size": "x", "colour": 1})
    assert len(response.json()["error"]["details"]) == 3


def test_a_design_with_faults_is_refused_with_its_issues(client: Client, design: Any) -> None:
    document = small_design()
    document["nodes"][1]["params"]["in_features"] = 3
    response = start(client, design, design=document)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["details"][0]["path"]) == (422, "bad_design", "hidden")


def test_outputs_that_do_not_fit_the_data_are_refused(client: Client, design: Any) -> None:
    document = small_design()
    document["nodes"][-1]["params"]["out_features"] = 7
    response = start(client, design, design=document)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "does_not_fit")


def test_data_for_another_task_is_refused(client: Client, design: Any, user: User) -> None:
    row = Dataset.objects.create(
        owner=user, name="text", filename="a.txt", state="ready", task="byte_lm", facts={"text": {"vocab": 256}}
    )
    response = start(client, design, dataset=row.pid)
    assert response.status_code == 422
    assert "byte lm" in response.json()["error"]["message"]


def test_data_that_is_not_ready_is_refused(client: Client, design: Any, user: User) -> None:
    row = Dataset.objects.create(owner=user, name="text", filename="a.txt", state="checking")
    assert start(client, design, dataset=row.pid).json()["error"]["code"] == "not_ready"


def test_too_much_memory_is_refused_with_figure_and_limit(client: Client, design: Any, settings: Any) -> None:
    settings.BLOCKYARD_MAX_MEMORY = LIMIT
    response = start(client, design, design=small_design(width=65_536))
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "too_much_memory")
    assert error["details"]["limit_bytes"] == LIMIT
    assert error["details"]["total_bytes"] > LIMIT
    assert start(client, design).status_code == 201


# -- estimates ------------------------------------------------------------------------------------------------------


def estimate(client: Client, **body: Any) -> Any:
    return client.post("/api/runs/estimate", {"dataset": "digits", "recipe": "quick", **body}, content_type=JSON)


def test_an_estimate_is_measured_by_a_real_engine(client: Client) -> None:
    found = estimate(client, design=small_design()).json()
    assert found["fits"] is True
    assert found["memory_bytes"] < found["limit_bytes"]
    assert found["seconds_per_epoch"] > 0
    assert found["samples_per_s"] > 0
    assert found["steps_per_epoch"] == 1437 // 32 or found["steps_per_epoch"] == 1437 // 64


def test_what_does_not_fit_is_not_measured(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BLOCKYARD_MAX_MEMORY = LIMIT
    monkeypatch.setattr(engine, "run_command", lambda *args, **more: pytest.fail("an engine was started"))
    found = estimate(client, design=small_design(width=65_536)).json()
    assert found["fits"] is False
    assert found["memory_bytes"] > found["limit_bytes"]


def test_an_estimate_that_fails_says_why(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "run_command", lambda *args, **more: engine.Outcome(2, 1.0, ["it is too hot"]))
    response = estimate(client, design=small_design())
    assert response.status_code == 422
    assert "it is too hot" in response.json()["error"]["message"]


def test_a_newer_question_ends_an_older_one(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    began, answers = threading.Event(), []

    def slow(args: Any, *, timeout: float, should_stop: Any, **more: Any) -> engine.Outcome:
        began.set()
        while not should_stop():
            threading.Event().wait(0.01)
        return engine.Outcome(3, 1.0)

    monkeypatch.setattr(engine, "run_command", slow)
    planned = requests.plan(user, small_design(), "digits", "quick")

    def ask() -> None:
        try:
            requests._measure(user, planned)
        except requests.ApiError as error:
            answers.append(error.code)

    first = threading.Thread(target=ask)
    first.start()
    began.wait(10)
    quick = {"seconds_per_epoch": 1.0}
    monkeypatch.setattr(engine, "run_command", lambda *args, **more: engine.Outcome(0, 1.0, document=quick))
    assert requests._measure(user, planned) == quick
    first.join(10)
    assert answers == ["overtaken"]


# -- repeating ------------------------------------------------------------------------------------------------------


def test_repeating_keeps_all_but_what_is_named(client: Client, design: Any) -> None:
    first = start(client, design, recipe={"epochs": 3, "seed": 7}).json()
    designs.save(design, design.owner, small_design(width=9))
    again = client.post(f"/api/runs/{first['id']}/rerun", {}, content_type=JSON).json()
    one, two = (client.get(f"/api/runs/{id}").json() for id in (first["id"], again["id"]))
    assert one["id"] != two["id"]
    assert (one["recipe"], one["design"], one["dataset"]) == (two["recipe"], two["design"], two["dataset"])
    other = client.post(f"/api/runs/{first['id']}/rerun", {"recipe": {"epochs": 9}}, content_type=JSON).json()
    assert client.get(f"/api/runs/{other['id']}").json()["recipe"]["epochs"] == 9


# -- what a run leaves ----------------------------------------------------------------------------------------------


@pytest.fixture
def run(user: User, design: Any) -> Run:
    run = Run.objects.create(
        owner=user, name="r", design_version=design.versions.get(), builtin="digits", state="done", fence=2
    )
    folder = artifacts.attempt_folder(run.pid, 2)
    folder.mkdir(parents=True)
    (folder / "best.safetensors").write_bytes(bytes(range(200)))
    (folder / "secret.txt").write_text("not offered")
    artifacts.register(run.pk, run.pid, 2, step=5)
    return run


def test_files_are_listed_and_downloaded_in_parts(client: Client, run: Run) -> None:
    [item] = client.get(f"/api/runs/{run.pid}/artifacts").json()["items"]
    assert (item["name"], item["size"], item["step"]) == ("best.safetensors", 200, 5)
    whole = client.get(item["url"])
    assert b"".join(whole.streaming_content) == bytes(range(200))
    assert run.pid in whole["Content-Disposition"]
    part = client.get(item["url"], headers={"range": "bytes=10-19"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == bytes(range(10, 20))


@pytest.mark.parametrize("name", ["secret.txt", "..%2f..%2fsecret_key", "%2e%2e", "last.safetensors", "best"])
def test_files_are_reached_by_their_row_only(client: Client, run: Run, name: str) -> None:
    assert client.get(f"/api/runs/{run.pid}/artifacts/{name}").status_code == 404


def test_a_file_that_is_gone_is_404(client: Client, run: Run) -> None:
    artifacts.remove(run.pid)
    assert client.get(f"/api/runs/{run.pid}/artifacts/best.safetensors").status_code == 404


def test_deleting_takes_files_and_rows_along(run: Run) -> None:
    services.delete(run)
    assert Artifact.objects.count() == 0
    assert not artifacts.run_folder(run.pid).exists()


def test_lists_take_a_fixed_number_of_queries(
    client: Client, user: User, design: Any, django_assert_num_queries: Any
) -> None:
    def fill(count: int) -> None:
        for index in range(count):
            data = Dataset.objects.create(owner=user, name=f"d{index}", filename="d.csv", state="ready")
            Run.objects.create(owner=user, name="r", design_version=design.versions.get(), dataset=data)

    fill(1)
    # Session, user, count, keys, page.
    with django_assert_num_queries(5):
        client.get("/api/runs")
    fill(4)
    with django_assert_num_queries(5):
        assert len(client.get("/api/runs").json()["items"]) == 5


def test_lists_can_be_narrowed(client: Client, run: Run, design: Any) -> None:
    start(client, design)
    count = lambda query: client.get(f"/api/runs?{query}").json()["count"]  # noqa: E731 - short, and used five times
    assert (count("state=done"), count("state=queued"), count("dataset=digits"), count("dataset=x")) == (1, 1, 2, 0)
    assert client.get("/api/runs?state=sleeping").status_code == 422


# -- recipes --------------------------------------------------------------------------------------------------------


def test_the_recipe_form_and_presets_fitted_to_data(client: Client) -> None:
    form = client.get("/api/recipes").json()
    assert {"quick", "standard", "sgd"} <= set(form["presets"])
    assert "batch_size" in form["schema"]["properties"]
    assert "adamw" in {entry["id"] for entry in form["parts"]["optimizer"]["entries"]}
    fitted = client.get("/api/recipes?dataset=digits").json()["presets"]["quick"]["recipe"]
    assert fitted["batch_size"] == 32
    assert client.get("/api/recipes?dataset=nothing").status_code == 404
