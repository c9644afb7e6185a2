"""The catalogue's pages and calls: searching, counting, a paper's card, and starting its checks."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client

from models_core import papers, registry
from models_core.papers import Check
from playground.accounts.models import User
from playground.datasets.models import Dataset
from playground.designs import zoo
from playground.papers import catalogue, services
from playground.papers.catalogue import Filters
from playground.papers.entries import shown
from playground.runs.models import Kind, Run, State
from playground.web.errors import ApiError

pytestmark = pytest.mark.usefixtures("built")
ALL = registry.all("paper")
MAMBA = "/papers/mamba"
RESULT = {
    "paper": "mamba", "check": "linear_time", "level": "small", "verdict": "not confirmed", "figure": "13.5 times",
    "values": {"ratio": 13.5}, "seeds": [0], "seconds": 2.5, "measured": "2026-01-02T03:04:05+00:00",
    "machine": {"cpu": "Some CPU", "cores": 4, "threads": 2, "system": "Linux"}, "versions": {"torch": "2.13"},
    "code": "other",
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.runs.tasks.ring", lambda *args: None)


def get(client: Client, path: str, **query: Any) -> str:
    response = client.get(path, query)
    assert response.status_code == 200, path
    return unescape(response.content.decode())


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [card["id"] for card in found]


# -- finding ------------------------------------------------------------------------------------------------------


def test_every_word_must_be_found_somewhere() -> None:
    assert ids(catalogue.search(Filters(q="selective GU copying"))) == ["mamba"]
    assert ids(catalogue.search(Filters(q="byte_mamba"))) == ["mamba"]
    assert catalogue.search(Filters(q="selective nonsuch")) == []
    assert len(catalogue.search(Filters())) == len(ALL)


@pytest.mark.parametrize("name", catalogue.FACETS)
def test_what_a_filter_promises_is_what_it_finds(name: str) -> None:
    others = Filters(q="attention")
    for choice in catalogue.choices(others)[name]:
        found = catalogue.search(Filters(**{**vars(others), name: choice.value}))
        assert len(found) == choice.count


def test_a_paper_is_found_by_each_kind_of_its_entries() -> None:
    both = catalogue.search(Filters(kind="block"))
    assert {"mamba"} <= set(ids(both)) & set(ids(catalogue.search(Filters(kind="design"))))


def test_the_status_is_the_verdict_or_says_why_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = {**papers.card(registry.get("paper", "mamba"))}
    exact = [{**check, "result": None} for check in plain["checks"] if check["level"] == "exact"]
    standing = {"level": "small", "verdict": "not confirmed", "figure": "", "stale": True}
    for card, status, found in (
        ({**plain, "check": standing}, "not-confirmed", {"not-confirmed", "stale"}),
        ({**plain, "check": None}, "unmeasured", {"unmeasured"}),
        ({**plain, "check": None, "checks": exact}, "identities", {"identities"}),
    ):
        monkeypatch.setattr(papers, "card", lambda entry, card=card: dict(card))
        made = catalogue._card(registry.get("paper", "mamba"))
        assert (made.shown["status"], set(made.facets["status"])) == (status, found)


def test_the_list_comes_in_pages_with_what_the_contract_names(client: Client) -> None:
    answer = client.get("/api/papers?limit=3").json()
    assert (len(answer["items"]), answer["count"], answer["next"]) == (3, len(ALL), 3)
    (row,) = client.get("/api/papers?q=selective+copying&kind=block&year=2023&family=state_space").json()["items"]
    assert (row["id"], row["url"], row["publication"]) == ("mamba", MAMBA, "https://arxiv.org/abs/2312.00752")
    assert row["entries"] == ["block/mamba", "design/byte_mamba", "dataset/selective_copying"]
    assert set(row["check"]) == {"name", "level", "verdict", "figure", "stale"}
    assert client.get("/api/papers?status=doubtful").status_code == 422
    assert client.get("/api/papers/nonsuch").status_code == 404


def test_the_list_page_works_as_a_form(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(4):  # session, user, one's queue, announcements
        html = get(client, "/papers/")
    assert html.count('class="card"') == len(ALL)
    assert f"Block ({len(catalogue.search(Filters(kind='block')))})" in html
    some = get(client, "/papers/", q="selective copying", kind="block")
    assert re.findall(r'href="(/papers/[a-z][^"]*)"', some) == [MAMBA]
    assert 'value="selective copying"' in some
    assert '<option value="block" selected>' in some
    assert "No paper has all of this" in get(client, "/papers/", year="1900")
    assert "JavaScript" not in html


def test_the_list_is_quick_once_it_is_made(client: Client) -> None:
    get(client, "/papers/")
    began = time.process_time()
    for _ in range(3):
        get(client, "/papers/", q="attention")
    assert (time.process_time() - began) / 3 < 0.2


# -- a paper ------------------------------------------------------------------------------------------------------


def _one_of_each() -> list[str]:
    """A paper for every set of kinds that papers have entries of."""
    kinds = {frozenset(name.split("/")[0] for name in one.obj.entries): one.id for one in reversed(ALL)}
    return sorted(kinds.values())


@pytest.mark.parametrize("paper", _one_of_each())
def test_a_page_has_the_whole_card(paper: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "figures", lambda id, wait: {"params": 25_557_032, "macs": 4.09e9, "hash": id})
    html, card = get(client, f"/papers/{paper}"), papers.card(registry.get("paper", paper))
    for text in (card["title"], card["authors"], card["doc"], card["claim"], card["notes"], card["url"]):
        assert text in html
    for check in card["checks"]:
        assert check["doc"] in html
        assert not check["result"] or check["result"]["figure"] in html
    for name in card["entries"]:
        kind, _, id = name.partition("/")
        assert f'id="{kind}-{id}"' in html
        assert (f"/designs/new?zoo={id}&train=1" in html) == (kind == "design")
        assert kind != "design" or "25.6 M parameters, 4.09 G MACs" in html


def test_there_is_a_page_for_papers_alone(client: Client) -> None:
    assert client.get("/papers/nonsuch").status_code == 404
    assert Client().get(MAMBA).status_code == 302


def test_a_block_is_drawn_from_inside_or_where_it_stands() -> None:
    # One of parts of its own; one that is a single step, in the group of the paper's design that has it.
    (inside,) = _figures("technical-note-bilinear-layers", "block/glu_mlp")
    assert inside["of"] == "inside"
    assert "Multiply" in inside["svg"] or "×" in inside["svg"]
    (stands,) = _figures("you-not-fully-utilize", "block/head_mix")
    assert stands["of"] == "block of LIMe transformer, byte-level"
    assert "head_mix" in stands["svg"]
    whole, *groups = _figures("resnest", "design/resnest50d")
    assert not whole["of"]
    assert groups


def _figures(paper: str, name: str) -> list[dict[str, str]]:
    entries = registry.get("paper", paper).obj.entries
    (found,) = (one for one in shown(list(entries)) if f"{one['kind']}/{one['id']}" == name)
    return found["figures"]


# -- checks -------------------------------------------------------------------------------------------------------


def test_what_was_found_here_is_for_everybody(client: Client, other: User) -> None:
    for figure, state in (("the first", State.DONE), ("the newest", State.DONE), ("half", State.FAILED)):
        Run.objects.create(
            owner=other, kind=Kind.CHECK, paper="mamba", check_name="linear_time", name="Mamba", state=state,
            result={**RESULT, "figure": figure}, finished="2026-01-02T03:04:05Z",
        )  # fmt: skip
        time.sleep(0.001)
    Run.objects.filter(result__figure="the newest").update(finished="2026-01-03T03:04:05Z")
    (check,) = (one for one in client.get("/api/papers/mamba").json()["checks"] if one["name"] == "linear_time")
    assert (check["here"]["verdict"], check["here"]["figure"], check["here"]["stale"]) == (
        "not confirmed", "the newest", True,
    )  # fmt: skip
    # The project's own stands beside it, and the run itself stays its owner's.
    assert check["result"]["figure"] != "the newest"
    assert client.get("/api/runs").json()["count"] == 0
    html = get(client, MAMBA)
    assert "On this site" in html
    assert "Some CPU, 4 cores, 2 threads, Linux" in html
    assert "the first" not in html


def test_a_check_is_started_and_followed(client: Client, stranger: Client) -> None:
    start = "/api/papers/mamba/checks/linear_time"
    made = client.post(start, {}, content_type="application/json")
    assert made.status_code == 201
    run = client.get(f"/api/runs/{made.json()['id']}").json()
    assert (run["kind"], run["state"], run["name"]) == ("check", "queued", "Mamba: linear time")
    assert client.post(start, {}, content_type="application/json").status_code == 409
    (shown,) = [check["run"] for check in _page_data(client) if check["run"]]
    assert shown["id"] == run["id"]
    assert not [check for check in _page_data(stranger) if check["run"]]
    assert client.post(f"/api/runs/{run['id']}/cancel").json()["state"] == "cancelled"
    for wrong in ("/api/papers/mamba/checks/nonsuch", "/api/papers/nonsuch/checks/linear_time"):
        assert client.post(wrong, {}, content_type="application/json").status_code == 404
    assert Client().post(start, {}, content_type="application/json").status_code == 401


def _page_data(client: Client) -> Any:
    match = re.search(r'<script id="page-data" type="application/json">(.*?)</script>', get(client, MAMBA), re.DOTALL)
    assert match
    return json.loads(match[1])["checks"]


def test_data_is_found_by_its_name_or_chosen(user: User, other: User) -> None:
    assert services.place(user, "digits") == ""
    with pytest.raises(ApiError, match="needs the data set wikitext"):
        services.place(user, "wikitext")
    named, alien = (
        Dataset.objects.create(owner=owner, name="Wiki-Text", filename="x.txt", state=Dataset.State.READY)
        for owner in (user, other)
    )
    waiting = Dataset.objects.create(owner=user, name="wikitext", filename="y.txt", state=Dataset.State.CHECKING)
    assert services.place(user, "wikitext") == named.pid
    assert services.place(user, "anything", named.pid) == named.pid
    for wrong in (alien.pid, waiting.pid):
        with pytest.raises(ApiError, match="none of your data sets"):
            services.place(user, "wikitext", wrong)


@pytest.fixture
def needy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if Mamba had a check that needs data of somebody's own."""
    check = Check("mamba", "needy", "small", "It needs a text.", 1.0, ("wikitext",), lambda lab: None)
    monkeypatch.setattr(registry.get("paper", "mamba").obj, "checks", lambda id: [check])
    catalogue.cards.cache_clear()
    yield
    catalogue.cards.cache_clear()


@pytest.mark.usefixtures("needy")
def test_a_check_without_its_data_says_what_to_do(client: Client, user: User) -> None:
    start = "/api/papers/mamba/checks/needy"
    error = client.post(start, {}, content_type="application/json").json()["error"]
    assert (error["code"], error["where"]) == ("no_data", "data.wikitext")
    assert "Upload it under Data" in error["message"]
    (check,) = _page_data(client)
    assert (check["needs"][0]["name"], check["needs"][0]["found"]) == ("wikitext", "")
    row = Dataset.objects.create(owner=user, name="my text", filename="x.txt", state=Dataset.State.READY)
    made = client.post(start, {"data": {"wikitext": row.pid}}, content_type="application/json").json()
    assert Run.objects.get(pid=made["id"]).recipe == {"data": {"wikitext": row.pid}}
