from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from playground.accounts.models import User
from playground.datasets.models import Dataset
from playground.demos.models import Demo
from playground.designs.models import Design
from playground.runs.models import Run

JSON = "application/json"
LISTS = ["designs", "runs", "datasets", "demos"]


@pytest.fixture
def ids(user: User) -> dict[str, str]:
    """One of each, all called "one thing", beside one called "other"."""
    found: dict[str, str] = {}
    for name in ("other", "one thing"):
        run = Run.objects.create(owner=user, name=name, builtin="digits", state="done")
        found = {
            "designs": Design.objects.create(owner=user, name=name).pid,
            "runs": run.pid,
            "datasets": Dataset.objects.create(owner=user, name=name, filename="a.csv", state="ready").pid,
        }
    # A demo needs a run of a design; runs are found by their design's name too.
    design = Design.objects.create(owner=user, name="drawn")
    version = design.versions.create(number=1, hash="h", document={})
    run = Run.objects.create(owner=user, name="shown", builtin="digits", state="failed", design_version=version)
    for name in ("other", "one thing"):
        found["demos"] = Demo.objects.create(owner=user, run=run, title=name).pid
    return found


def change(client: Client, kind: str, id: str, **body: Any) -> Any:
    return client.patch(f"/api/{kind}/{id}", body, content_type=JSON)


def names(client: Client, kind: str, query: str) -> list[str]:
    items = client.get(f"/api/{kind}?{query}").json()["items"]
    return [item.get("name", item.get("title")) for item in items if not item.get("builtin")]


@pytest.mark.parametrize("kind", LISTS)
def test_tags_and_notes_are_kept_and_found(client: Client, ids: dict[str, str], kind: str) -> None:
    answer = change(client, kind, ids[kind], tags=[" Wide ", "wide", "Élan 2"], note="line 1\r\nline\t2 \x07")
    assert answer.json()["tags"] == ["wide", "élan 2"]
    assert answer.json()["note"] == "line 1\nline    2"
    for query in (
        "q=thing",
        "q=LINE+1",
        "q=wide+one",
        "q=wide,one",
        "q=élan",
        "tag=wide",
        "tag=%C3%A9lan+2",
        "tag=Wide&q=line",
    ):
        assert names(client, kind, query) == ["one thing"], query
    for query in ("tag=wid", "q=thing+missing", "tag=,", "q=%00x"):
        assert names(client, kind, query) == [], query
    assert client.get(f"/api/{kind}/tags").json() == {"wide": 1, "élan 2": 1}
    # What is left out stays; what is emptied goes.
    assert change(client, kind, ids[kind], note="").json()["tags"] == ["wide", "élan 2"]
    assert change(client, kind, ids[kind], tags=[]).json()["tags"] == []
    assert client.get(f"/api/{kind}/tags").json() == {}


@pytest.mark.parametrize("kind", LISTS)
def test_names_change_and_sort(client: Client, ids: dict[str, str], kind: str) -> None:
    name = "title" if kind == "demos" else "name"
    assert change(client, kind, ids[kind], **{name: "  A \n name "}).json()[name] == "A name"
    assert names(client, kind, "q=name")[0] == "A name"
    assert names(client, kind, "sort=name")[0] == "A name"
    assert names(client, kind, "sort=oldest")[0] == "other"
    assert client.get(f"/api/{kind}?sort=owner__password").status_code == 422


def test_bad_tags_are_refused_and_nothing_is_lost(client: Client, ids: dict[str, str]) -> None:
    change(client, "runs", ids["runs"], tags=["kept"])
    for tags in (["a,b"], [""], ["x" * 41], ["x"] * 21):
        answer = change(client, "runs", ids["runs"], tags=tags, note="lost?")
        assert answer.status_code == 422, tags
    run = client.get(f"/api/runs/{ids['runs']}").json()
    assert (run["tags"], run["note"]) == (["kept"], "")


def test_labels_are_written_by_their_owner_only(stranger: Client, ids: dict[str, str]) -> None:
    for kind in LISTS:
        assert change(stranger, kind, ids[kind], tags=["mine"]).status_code == 404
    assert not any(model.objects.exclude(tags="").exists() for model in (Design, Run, Dataset, Demo))


def test_pages_of_a_list_have_every_row_once(client: Client, user: User) -> None:
    Run.objects.bulk_create(Run(owner=user, name=f"r{n % 3}", builtin="digits") for n in range(25))
    for sort in ("newest", "oldest", "changed", "name"):
        seen: list[str] = []
        offset: int | None = 0
        while offset is not None:
            found = client.get(f"/api/runs?limit=10&offset={offset}&sort={sort}").json()
            seen += [item["id"] for item in found["items"]]
            offset = found["next"]
        assert len(seen) == len(set(seen)) == 25


def test_a_list_of_data_goes_on_from_built_in_to_own(client: Client, user: User) -> None:
    Dataset.objects.bulk_create(Dataset(owner=user, name=f"own {n}", filename="a.csv") for n in range(3))
    whole = client.get("/api/datasets?limit=200").json()
    pieces = [
        item["id"]
        for offset in range(0, whole["count"], 4)
        for item in client.get(f"/api/datasets?limit=4&offset={offset}").json()["items"]
    ]
    assert pieces == [item["id"] for item in whole["items"]]
    assert names(client, "datasets", "state=uploading") == ["own 2", "own 1", "own 0"]
    assert client.get("/api/datasets?tag=x").json()["count"] == 0
