from __future__ import annotations

from typing import Any

from django.test import Client

from tests.playground.conftest import small_design

JSON = "application/json"


def compare(client: Client, before: Any, after: Any) -> Any:
    return client.post("/api/compare", {"before": before, "after": after}, content_type=JSON)


def test_says_what_differs_and_what_both_cost(client: Client) -> None:
    answer = compare(client, small_design(width=4), small_design(width=8)).json()
    assert answer["before"]["params"] == 64 * 4 + 4 + 4 * 10 + 10
    assert answer["after"]["params"] == 64 * 8 + 8 + 8 * 10 + 10
    changes = answer["changes"]
    nodes = (changes["nodes"] or {}).get("changed", {})
    assert [4, 8] in [pair for change in nodes.values() for pair in change.values()] or changes["variables"]


def test_equal_designs_differ_in_nothing(client: Client) -> None:
    changes = compare(client, small_design(), small_design()).json()["changes"]
    assert not any(changes.values())


def test_a_broken_document_is_refused_by_its_fault(client: Client) -> None:
    answer = compare(client, small_design(), {"format": "blockyard.design", "version": 1, "nodes": 3})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "bad_design"


def test_faults_of_a_design_do_not_hinder(client: Client) -> None:
    broken = small_design()
    broken["edges"] = broken["edges"][1:]
    answer = compare(client, small_design(), broken)
    assert answer.status_code == 200
    assert answer.json()["changes"]["edges"]["removed"]
