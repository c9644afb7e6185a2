from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from playground.accounts.models import User
from playground.datasets import files, services, tasks
from playground.datasets.models import Dataset
from playground.datasets.schemas import ChangeIn
from playground.designs import services as designs
from playground.runs.engine import Outcome
from playground.runs.models import Run
from tests.playground.conftest import small_design

JSON = "application/json"
CSV = b"text,label\n" + b"".join(b"film %d is %s,%d\n" % (n, (b"bad", b"good")[n % 2], n % 2) for n in range(120))


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Wake-ups, which nobody hears here: a test does the worker's part itself."""
    heard: list[bool] = []
    monkeypatch.setattr(tasks, "ring", lambda: heard.append(True))
    return heard


def upload(client: Client, content: bytes, filename: str = "films.csv", **query: str) -> Any:
    return client.generic(
        "POST", "/api/datasets", content, "application/octet-stream", query_params={"filename": filename, **query}
    )


def uploaded(client: Client, content: bytes, filename: str = "films.csv", **query: str) -> Dataset:
    response = upload(client, content, filename, **query)
    assert response.status_code == 201, response.content
    return Dataset.objects.get(pid=response.json()["id"])


def zipped(names: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def pictures(n: int = 6) -> dict[str, bytes]:
    found = {}
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for label in ("cat", "dog"):
            for at in range(n):
                buffer = io.BytesIO()
                Image.fromarray(rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(buffer, "PNG")
                found[f"{split}/{label}/{at}.png"] = buffer.getvalue()
    return found


# -- the whole way, with the real engine ----------------------------------------------------------------------------


def test_a_table_of_texts_becomes_ready(
    client: Client, rings: list[bool], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        row = uploaded(client, CSV, name="Films")
    assert rings == [True]
    assert client.get(f"/api/datasets/{row.pid}").json()["state"] == "checking"
    tasks.check()
    found = client.get(f"/api/datasets/{row.pid}").json()
    assert (found["state"], found["task"], found["kind"]) == ("ready", "text_classification", "csv_text")
    assert found["facts"]["label"]["classes"] == 2
    assert sum(found["counts"]["train"].values()) + sum(found["counts"]["test"].values()) == 120
    assert [column["name"] for column in found["columns"]] == ["text", "label"]
    assert "label" in found["options_schema"]["properties"]
    preview = client.get(f"/api/datasets/{row.pid}/preview?n=4&split=test").json()
    assert len(preview["items"]) == 4
    assert {item["label"] for item in preview["items"]} == {"0", "1"}
    again = client.get(f"/api/datasets/{row.pid}/preview?n=4&split=test&seed=5").json()
    assert again["items"] != preview["items"]


def test_other_columns_are_another_check(client: Client) -> None:
    row = uploaded(client, b"a,b,c\n" + b"".join(b"%d,%d,x%d\n" % (n, n % 7, n % 2) for n in range(60)))
    tasks.check()
    row.refresh_from_db()
    first = row.version
    response = client.patch(f"/api/datasets/{row.pid}", {"options": {"label": "b"}}, content_type=JSON)
    assert response.json()["state"] == "checking"
    tasks.check()
    row.refresh_from_db()
    assert row.state == "ready"
    assert row.version != first


@pytest.mark.parametrize(
    ("filename", "content", "options", "words"),
    [
        ("films.csv", CSV, {"label": "mood"}, "mood"),
        ("empty.txt", b"   \n  ", {}, "white space"),
        ("bad.zip", b"PK not a zip at all", {}, "zip"),
        ("up.zip", zipped({"../../up.png": b"x", **pictures(1)}), {}, ".."),
        ("one.zip", zipped({"train/cat/1.png": b"not a picture", "train/dog/1.png": b"nor this"}), {}, "picture"),
    ],
    ids=["no such column", "blank", "no zip", "climbs out", "broken pictures"],
)
def test_what_cannot_be_used_is_refused_with_the_reason(
    client: Client, data_folder: Path, filename: str, content: bytes, options: dict[str, Any], words: str
) -> None:
    row = uploaded(client, content, filename, options=json.dumps(options))
    tasks.check()
    found = client.get(f"/api/datasets/{row.pid}").json()
    assert found["state"] == "refused"
    assert words in found["reason"].lower()
    # Nothing half-imported: no prepared form, nothing outside the data set's own folder.
    assert [path for path in files.cache_root().glob("*-*") if path.is_dir()] == []
    assert not list(data_folder.rglob("up.png"))
    assert client.get(f"/api/datasets/{row.pid}/preview").status_code == 409


def test_after_a_refusal_the_columns_are_offered(client: Client) -> None:
    row = uploaded(client, CSV, options='{"label": "mood"}')
    tasks.check()
    assert {column["name"] for column in client.get(f"/api/datasets/{row.pid}").json()["columns"]} == {"text", "label"}
    client.patch(f"/api/datasets/{row.pid}", {"options": {"label": "label"}}, content_type=JSON)
    tasks.check()
    assert client.get(f"/api/datasets/{row.pid}").json()["state"] == "ready"


def test_pictures_become_ready_and_all_goes_with_the_row(client: Client, data_folder: Path) -> None:
    row = uploaded(client, zipped(pictures()), "pets.zip")
    tasks.check()
    found = client.get(f"/api/datasets/{row.pid}").json()
    assert found["counts"] == {"train": {"cat": 6, "dog": 6}, "test": {"cat": 6, "dog": 6}}
    image = client.get(f"/api/datasets/{row.pid}/preview?n=1").json()["items"][0]["image"]
    assert image.startswith("data:image/png;base64,")
    assert [path for path in files.cache_root().glob("*-*") if path.is_dir()]
    services.delete(Dataset.objects.get(pk=row.pk))
    assert [path for path in files.cache_root().glob("*-*") if path.is_dir()] == []
    assert not files.folder(row).exists()


def test_the_prepared_form_of_equal_files_goes_with_the_last(client: Client, stranger: Client) -> None:
    mine, theirs = uploaded(client, CSV), uploaded(stranger, CSV)
    tasks.check()
    services.delete(Dataset.objects.get(pk=mine.pk))
    assert stranger.get(f"/api/datasets/{theirs.pid}/preview").status_code == 200
    services.delete(Dataset.objects.get(pk=theirs.pk))
    assert [path for path in files.cache_root().glob("*-*") if path.is_dir()] == []


# -- uploads --------------------------------------------------------------------------------------------------------


def begin(client: Client, **body: Any) -> Any:
    return client.post("/api/datasets/uploads", {"filename": "a.csv", "size": 10, **body}, content_type=JSON)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"filename": "a.exe"}, 422, "bad_file"),
        ({"filename": "a"}, 422, "bad_file"),
        ({"size": 0}, 422, "empty"),
        ({"size": -1}, 422, "invalid"),
        ({"size": 2**50}, 413, "too_large"),
        ({"options": {"cache": "/etc"}}, 422, "invalid"),
        ({"options": {"download": True}}, 422, "invalid"),
    ],
)
def test_refused_before_anything_is_sent(client: Client, body: dict[str, Any], status: int, code: str) -> None:
    response = begin(client, **body)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert Dataset.objects.count() == 0


def test_a_full_disk_is_said_beforehand(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "free_bytes", lambda: 1000)
    response = begin(client, size=600)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "disk_full")


@pytest.mark.parametrize("filename", ["../../../etc/cron.csv", "..\\..\\x.csv", "/abs.csv", "a\0b.csv"])
def test_a_clients_file_name_never_becomes_a_path(client: Client, data_folder: Path, filename: str) -> None:
    response = begin(client, filename=filename)
    if response.status_code == 201:
        row = Dataset.objects.get()
        assert files.data_path(row).parent == data_folder / "datasets" / row.pid
        assert "/" not in row.filename
        assert "\\" not in row.filename
        assert "\0" not in row.filename
    assert not list(data_folder.parent.rglob("cron.csv"))


def test_an_upload_that_stopped_long_ago_is_cleared_away(client: Client, user: User) -> None:
    from datetime import timedelta

    from django.utils import timezone

    begin(client)
    old = Dataset.objects.get()
    Dataset.objects.update(updated=timezone.now() - timedelta(days=3))
    begin(client, filename="b.csv")
    assert not Dataset.objects.filter(pk=old.pk).exists()
    assert Dataset.objects.count() == 1


# -- checks and their lease -----------------------------------------------------------------------------------------


@pytest.fixture
def waiting(client: Client) -> Dataset:
    return uploaded(client, CSV)


def test_a_check_is_claimed_once(waiting: Dataset) -> None:
    assert services.claim_check() == waiting
    assert services.claim_check() is None


def test_a_late_worker_writes_nothing(waiting: Dataset) -> None:
    held = services.claim_check()
    assert held is not None
    services.request_check(waiting)
    assert not services.beat(held, {})
    assert not services.refuse(held, "late")
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("checking", "")
    assert services.claim_check() == waiting


def test_a_check_that_was_lost_is_taken_up_again(waiting: Dataset, rings: list[bool]) -> None:
    seen: dict[int, Any] = {}
    held = services.claim_check()
    assert held is not None
    assert services.free_lost_checks(seen, 0.0, 15.0) == 0
    services.beat(held, {})
    assert services.free_lost_checks(seen, 20.0, 15.0) == 0, "it has moved"
    assert services.free_lost_checks(seen, 30.0, 15.0) == 0
    assert services.free_lost_checks(seen, 36.0, 15.0) == 1
    assert not services.beat(held, {})
    rings.clear()
    tasks.sweep()
    assert rings == [True]


def test_an_engine_that_breaks_is_a_refusal_that_can_be_tried_again(
    client: Client, waiting: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "run_command", lambda *args, **more: Outcome(-9, 1.0))
    tasks.check()
    waiting.refresh_from_db()
    assert waiting.state == "refused"
    assert "memory" in waiting.reason
    # The same options once more: this time nothing goes wrong.
    monkeypatch.undo()
    monkeypatch.setattr(tasks, "ring", lambda: None)
    services.change(waiting, ChangeIn(options={}))
    tasks.check()
    waiting.refresh_from_db()
    assert waiting.state == "ready"


def test_progress_can_be_seen(client: Client, waiting: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(tasks, "BEAT_SECONDS", 0.0)

    def engine(args: list[str], on_event: Any, **more: Any) -> Outcome:
        assert args[0] == "data-check"
        on_event({"type": "progress", "done": 3, "total": 9})
        seen.append(client.get(f"/api/datasets/{waiting.pid}").json()["progress"])
        return Outcome(1, 1.0)

    monkeypatch.setattr(tasks, "run_command", engine)
    tasks.check()
    assert seen == [{"done": 3, "total": 9, "text": "reading"}]


# -- in use ---------------------------------------------------------------------------------------------------------


def a_run(user: User, dataset: Dataset, state: str = "done") -> Run:
    version = designs.create(user, small_design()).versions.get()
    return Run.objects.create(owner=user, name="r", design_version=version, dataset=dataset, state=state)


def test_data_is_not_read_differently_under_a_run(client: Client, user: User, waiting: Dataset) -> None:
    a_run(user, waiting, "running")
    response = client.patch(f"/api/datasets/{waiting.pid}", {"options": {"label": "text"}}, content_type=JSON)
    assert response.status_code == 409
    assert client.patch(f"/api/datasets/{waiting.pid}", {"name": "New"}, content_type=JSON).json()["name"] == "New"


# -- built-in data and lists ----------------------------------------------------------------------------------------


def test_built_in_data_is_listed_first(client: Client, waiting: Dataset) -> None:
    found = client.get("/api/datasets").json()
    assert [item["builtin"] for item in found["items"]] == [True] * (found["count"] - 1) + [False]
    digits = next(item for item in found["items"] if item["id"] == "digits")
    assert (digits["state"], digits["train_size"], digits["classes"]) == ("ready", 1437, 10)


def test_pages_of_the_list_join_built_in_and_own(client: Client, waiting: Dataset) -> None:
    whole = [item["id"] for item in client.get("/api/datasets").json()["items"]]
    for limit in (1, 2, 3):
        offset: int | None = 0
        parts: list[str] = []
        while offset is not None:
            part = client.get(f"/api/datasets?limit={limit}&offset={offset}").json()
            parts += [item["id"] for item in part["items"]]
            offset = part["next"]
        assert parts == whole


def test_built_in_data_has_a_page_and_samples(client: Client) -> None:
    found = client.get("/api/datasets/digits").json()
    assert sum(found["counts"]["test"].values()) == 360
    assert len(client.get("/api/datasets/digits/preview").json()["items"]) == 12


def test_data_that_must_be_downloaded_says_so_and_is_not(client: Client) -> None:
    found = client.get("/api/datasets/mnist").json()
    assert found["state"] == "download"
    assert found["facts"]["label"]["classes"] == 10
    assert client.get("/api/datasets/mnist/preview").json()["error"]["code"] == "not_downloaded"


def test_the_list_takes_a_fixed_number_of_queries(client: Client, user: User, django_assert_num_queries: Any) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            a_run(user, Dataset.objects.create(owner=user, name="d", filename="d.csv", state="ready"))

    fill(1)
    # Session, user, count, keys, page.
    with django_assert_num_queries(5):
        client.get("/api/datasets")
    fill(4)
    with django_assert_num_queries(5):
        assert client.get("/api/datasets").json()["items"][-1]["runs"] == 1
