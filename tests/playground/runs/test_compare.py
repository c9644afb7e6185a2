"""Trainings side by side: costs, measures, recipes, curves."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from playground.accounts.models import User
from playground.designs import services as designs
from playground.runs import curves
from playground.runs.models import Kind, Run, State
from tests.playground.conftest import small_design


@pytest.fixture(autouse=True)
def nothing_worked_out() -> None:
    """Rows are rolled back after a test, and the next one's versions may have their keys."""
    cache.clear()


@pytest.fixture
def trained(user: User) -> Callable[..., Run]:
    """Makes a finished training of a design that can be analysed."""

    def make(name: str, width: int = 4, **fields: Any) -> Run:
        design = designs.create(user, small_design(name, width))
        given = {"builtin": "digits", "dataset_name": "digits", **fields}
        return Run.objects.create(
            owner=user, name=name, state=State.DONE, design_version=design.versions.get(), **given
        )

    return make


def compare(client: Client, *runs: Run) -> Any:
    return client.get("/api/runs/compare", {"runs": ",".join(run.pid for run in runs)})


def test_says_what_each_costs_and_how_well_it_did(client: Client, trained: Callable[..., Run]) -> None:
    small = trained("small", result={"metrics": {"accuracy": 0.75}}, best_accuracy=0.75, latency={"p50_ms": 0.2})
    wide = trained("wide", width=8, best_accuracy=0.5, recipe={"epochs": 9})
    answer = compare(client, wide, small).json()
    assert answer["missing"] == []
    first, second = answer["items"]
    assert (first["id"], second["id"]) == (wide.pid, small.pid)
    assert first["costs"]["params"] == 64 * 8 + 8 + 8 * 10 + 10
    assert second["costs"]["macs"] == 64 * 4 + 4 * 10
    assert second["costs"]["memory_bytes"] > second["costs"]["weight_bytes"] == 4 * second["costs"]["params"]
    assert first["measure"] == {"name": "accuracy", "value": 0.5, "better": "max", "final": False}
    assert second["measure"] == {"name": "accuracy", "value": 0.75, "better": "max", "final": True}
    # Defaults are filled in, so that recipes can be held against each other.
    assert (first["recipe"]["epochs"], first["recipe"]["optimizer"]["id"]) == (9, "adamw")
    assert "lr" in second["recipe"]["optimizer"]


def test_takes_few_queries_however_many_runs(
    client: Client, trained: Callable[..., Run], django_assert_max_num_queries: Any
) -> None:
    runs = [trained(f"run {n}", width=n + 2) for n in range(6)]
    for run in runs:
        curves.extend(run.pk, [{"type": "metrics", "step": 1, "values": {"train/loss": 1.0}}])
    with django_assert_max_num_queries(5):
        assert len(compare(client, *runs).json()["items"]) == 6
    with django_assert_max_num_queries(5):
        curves_of(client, runs)


def test_another_persons_runs_and_what_is_no_training_are_missing(
    client: Client, stranger: Client, trained: Callable[..., Run], make_run: Callable[..., Run]
) -> None:
    mine, check = trained("mine"), make_run("check", kind=Kind.CHECK)
    assert compare(client, mine, check).json()["missing"] == [check.pid]
    answer = compare(stranger, mine).json()
    assert (answer["items"], answer["missing"]) == ([], [mine.pid])
    assert stranger.get("/api/runs/curves", {"runs": mine.pid, "series": "train/loss"}).json() == {"items": []}


def test_too_many_are_refused(client: Client, settings: Any) -> None:
    settings.BLOCKYARD_COMPARE_RUNS = 2
    answer = client.get("/api/runs/compare", {"runs": "a,b,c"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "too_many_runs")
    assert client.get("/api/runs/compare", {"runs": "a,b,a"}).status_code == 200


def test_a_design_with_a_fault_has_no_costs(client: Client, trained: Callable[..., Run]) -> None:
    run = trained("broken")
    document = small_design()
    document["edges"] = document["edges"][1:]
    type(run.design_version).objects.update(document=document)
    assert compare(client, run).json()["items"][0]["costs"] is None


def curves_of(client: Client, runs: list[Run], series: str = "train/loss", points: int = 100) -> Any:
    asked = {"runs": ",".join(run.pid for run in runs), "series": series, "points": points}
    return client.get("/api/runs/curves", asked).json()["items"]


def test_curves_of_several_runs_are_those_of_each(client: Client, trained: Callable[..., Run]) -> None:
    short, long = trained("short"), trained("long")
    for run, n in ((short, 20), (long, curves.RAW_POINTS + 100)):
        values = [{"train/loss": 1 / step, "samples_per_s": 8.0} for step in range(1, n + 1)]
        events = [{"type": "metrics", "step": at, "values": value} for at, value in enumerate(values, 1)]
        curves.extend(run.pk, [*events, {"type": "metrics", "step": n + 1, "values": {"test/accuracy": math.nan}}])
    found = curves_of(client, [long, short])
    assert {item["run"] for item in found} == {short.pid, long.pid}
    for run in (short, long):
        one = client.get(f"/api/runs/{run.pid}/metrics?points=100").json()["series"]
        many = next(item["series"] for item in found if item["run"] == run.pid)
        for name in ("train/loss", "samples_per_s"):
            assert {key: value for key, value in many[name].items() if value is not None} == {
                key: value for key, value in one[name].items() if value is not None
            }
    accuracy = curves_of(client, [long], "test/accuracy")[0]["series"]["test/accuracy"]
    assert accuracy["values"] == [None]


def test_runs_are_found_by_what_they_are_called(client: Client, trained: Callable[..., Run]) -> None:
    trained("First try")
    trained("second")
    assert [row["name"] for row in client.get("/api/runs?q=digits first").json()["items"]] == ["First try"]
    assert client.get("/api/runs?q=third").json()["count"] == 0
