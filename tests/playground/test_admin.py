"""The administration: what it lists, its filters, and its actions, which go through the services."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from playground.accounts.models import ApiToken, User
from playground.accounts.services import create_token
from playground.datasets import files
from playground.datasets.models import Dataset
from playground.demos.models import Demo
from playground.designs import services as designs
from playground.designs.models import Design
from playground.runs import artifacts
from playground.runs.models import Run
from tests.playground.conftest import small_design

PAGES = ["runs/run", "designs/design", "datasets/dataset", "demos/demo", "accounts/user", "accounts/apitoken"]


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.runs.tasks.ring", lambda *args: None)


@pytest.fixture
def runs(user: User) -> dict[str, Run]:
    """A run in each state, with a file."""
    version = designs.create(user, small_design()).versions.get()
    made = {}
    for index, state in enumerate(("queued", "running", "done", "failed", "cancelled")):
        run = Run.objects.create(
            owner=user,
            name=f"the {state} one",
            design_version=version,
            builtin="digits",
            dataset_name="Digits",
            state=state,
            device="cpu" if index % 2 else "cuda:0",
            seconds=3_725.0 * index,
            best_accuracy=0.9 + index / 100,
            fence=1,
        )
        folder = artifacts.attempt_folder(run.pid, 1)
        folder.mkdir(parents=True)
        (folder / "best.safetensors").write_bytes(b"x")
        made[state] = run
    return made


def act(client: Client, action: str, *runs: Run, **given: str) -> Any:
    data = {"action": action, "_selected_action": [run.pk for run in runs], **given}
    return client.post("/admin/runs/run/", data, follow=True)


def state(run: Run) -> str:
    return Run.objects.get(pk=run.pk).state


def test_only_staff_may_enter(client: Client, runs: Any) -> None:
    for page in PAGES:
        assert client.get(f"/admin/{page}/").status_code == 302


def test_runs_show_state_owner_device_duration_and_accuracy(admin_client: Client, runs: Any) -> None:
    html = admin_client.get("/admin/runs/run/").content.decode()
    for words in (
        "the failed one",
        "ada",
        "cuda:0",
        "3\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}6\N{NO-BREAK SPACE}min",
        "93.00%",
        "failed",
    ):
        assert words in html, words


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("state__exact=failed", {"failed"}),
        ("device__exact=cpu", {"running", "failed"}),
        ("q=the+done", {"done"}),
        ("q=ada", {"queued", "running", "done", "failed", "cancelled"}),
    ],
)
def test_runs_can_be_filtered_and_searched(admin_client: Client, runs: Any, query: str, names: set[str]) -> None:
    html = admin_client.get(f"/admin/runs/run/?{query}").content.decode()
    assert {name for name in runs if f"the {name} one" in html} == names


def test_runs_can_be_filtered_by_design(admin_client: Client, runs: dict[str, Run], user: User) -> None:
    version = designs.create(user, small_design("another")).versions.get()
    Run.objects.filter(pk=runs["done"].pk).update(design_version=version)
    html = admin_client.get(f"/admin/runs/run/?design_version__design__id__exact={version.design_id}").content.decode()
    assert {name for name in runs if f"the {name} one" in html} == {"done"}


def test_cancelling(admin_client: Client, runs: dict[str, Run]) -> None:
    html = act(admin_client, "cancel_runs", *runs.values()).content.decode()
    assert state(runs["queued"]) == "cancelled"
    assert Run.objects.get(pk=runs["running"].pk).desired == "cancel"
    assert state(runs["done"]) == "done"
    # What could not be done is said, and why.
    assert "is done already" in html


def test_queueing_again(admin_client: Client, runs: dict[str, Run]) -> None:
    act(admin_client, "requeue_runs", *runs.values())
    assert [state(run) for run in runs.values()] == ["queued", "queued", "done", "queued", "queued"]


def test_deleting_with_files(admin_client: Client, runs: dict[str, Run]) -> None:
    page = admin_client.get("/admin/runs/run/").content.decode()
    assert "Delete with all files" in page
    asked = act(admin_client, "delete_selected", runs["done"], runs["running"]).content.decode()
    assert "the done one" in asked
    assert Run.objects.count() == 5
    said = act(admin_client, "delete_selected", runs["done"], runs["running"], post="yes").content.decode()
    assert "2 runs deleted with all files." in said
    assert Run.objects.count() == 3
    assert not artifacts.run_folder(runs["done"].pid).exists()
    assert artifacts.run_folder(runs["failed"].pid).exists()


def test_the_question_says_what_deleting_takes_along(admin_client: Client, runs: dict[str, Run], user: User) -> None:
    for name in ("best.safetensors", "model.onnx"):
        runs["done"].artifacts.create(name=name, fence=1, size=3 * 2**20)
    runs["failed"].artifacts.create(name="run.json", fence=1, size=2**20)
    Demo.objects.create(owner=user, run=runs["done"], title="demo")
    asked = act(admin_client, "delete_selected", runs["done"], runs["failed"], runs["queued"]).content.decode()
    words = " ".join(asked.replace("\N{NO-BREAK SPACE}", " ").split())
    for said in ("the done one (6.0 MB)", "the queued one (0 bytes)", "Runs: 3", "Files: 3", "7.0 MB", "them: 1"):
        assert said in words, said
    one = admin_client.get(f"/admin/runs/run/{runs['done'].pk}/delete/").content.decode()
    assert "the done one (6.0" in one


def test_exporting_as_csv(admin_client: Client, runs: dict[str, Run]) -> None:
    Run.objects.filter(pk=runs["failed"].pk).update(name="=1+1", error={"message": "It, with a comma."})
    answer = act(admin_client, "export_csv", runs["failed"], runs["done"])
    assert answer["Content-Type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert {line["id"] for line in lines} == {runs["failed"].pid, runs["done"].pid}
    failed = next(line for line in lines if line["state"] == "failed")
    assert (failed["name"], failed["error"]) == ("'=1+1", "It, with a comma.")
    assert (failed["owner"], failed["design"], failed["data"]) == ("ada", "small", "Digits")


def test_deleting_one_on_its_page(admin_client: Client, runs: dict[str, Run]) -> None:
    address = f"/admin/runs/run/{runs['done'].pk}/"
    assert admin_client.get(f"{address}delete/").status_code == 200
    assert admin_client.post(f"{address}delete/", {"post": "yes"}).status_code == 302
    assert not artifacts.run_folder(runs["done"].pid).exists()
    assert Run.objects.count() == 4


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_with_rows(admin_client: Client, runs: dict[str, Run], user: User, page: str) -> None:
    Dataset.objects.create(owner=user, name="data", filename="a.csv", size=5000, state="refused", reason="because")
    Demo.objects.create(owner=user, run=runs["done"], title="demo")
    create_token(user, "script")
    assert admin_client.get(f"/admin/{page}/").status_code == 200
    app, model = page.split("/")
    from django.apps import apps

    row = apps.get_model(app, model).objects.first()
    assert admin_client.get(f"/admin/{page}/{row.pk}/change/").status_code == 200


@pytest.mark.parametrize("page", ["runs/run", "designs/design", "datasets/dataset", "demos/demo"])
def test_lists_take_a_fixed_number_of_queries(
    admin_client: Client, user: User, page: str, django_assert_max_num_queries: Any
) -> None:
    for index in range(6):
        owner = User.objects.create_user(f"user{index}")
        version = designs.create(owner, small_design()).versions.get()
        data = Dataset.objects.create(owner=owner, name="d", filename="d.csv")
        run = Run.objects.create(owner=owner, name="r", design_version=version, dataset=data)
        Demo.objects.create(owner=owner, run=run, title="t")
    # Session, user, counts, filters' choices and dates, and one for the rows: none per row.
    with django_assert_max_num_queries(15):
        assert admin_client.get(f"/admin/{page}/").status_code == 200


def test_what_is_in_use_stays_and_says_why(admin_client: Client, runs: dict[str, Run], user: User) -> None:
    design = Design.objects.get()
    data = {"action": "delete_selected", "_selected_action": [design.pk], "post": "yes"}
    html = admin_client.post("/admin/designs/design/", data, follow=True).content.decode()
    assert "cannot be deleted" in html
    assert " deleted." not in html
    html = admin_client.post(
        f"/admin/designs/design/{design.pk}/delete/", {"post": "yes"}, follow=True
    ).content.decode()
    assert "cannot be deleted" in html
    assert "deleted successfully" not in html
    assert Design.objects.count() == 1


def test_deleting_data_takes_its_file_along(admin_client: Client, user: User) -> None:
    row = Dataset.objects.create(owner=user, name="data", filename="a.csv", state="ready")
    files.folder(row).mkdir(parents=True)
    data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    admin_client.post("/admin/datasets/dataset/", data, follow=True)
    assert Dataset.objects.count() == 0
    assert not files.folder(row).exists()


def test_tokens_cannot_be_made_or_read_here(admin_client: Client, user: User) -> None:
    _, text = create_token(user, "script")
    assert admin_client.get("/admin/accounts/apitoken/add/").status_code == 403
    html = admin_client.get(f"/admin/accounts/apitoken/{ApiToken.objects.get().pk}/change/").content.decode()
    assert text not in html
    assert ApiToken.objects.get().digest not in html


def test_deleting_a_user_takes_all_of_theirs_along(
    admin_client: Client, user: User, other: User, runs: dict[str, Run]
) -> None:
    row = Dataset.objects.create(owner=user, name="data", filename="a.csv", state="ready")
    files.folder(row).mkdir(parents=True)
    Run.objects.filter(pk=runs["done"].pk).update(dataset=row, builtin="")
    Demo.objects.create(owner=user, run=runs["done"], title="demo")
    designs.create(other, small_design())
    data = {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"}
    admin_client.post("/admin/accounts/user/", data, follow=True)
    assert not User.objects.filter(pk=user.pk).exists()
    assert [model.objects.count() for model in (Run, Dataset, Demo, Design)] == [0, 0, 0, 1]
    assert not artifacts.run_folder(runs["done"].pid).exists()
    assert not files.folder(row).exists()
