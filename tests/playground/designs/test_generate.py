"""What generators make, over the API."""

from __future__ import annotations

from django.test import Client


def ask(client: Client, generator: str, **params: object) -> tuple[int, dict]:
    answer = client.post("/api/generate", {"generator": generator, "params": params}, content_type="application/json")
    return answer.status_code, answer.json()


def test_groups_come_by_key_and_name_each_other_by_key(client: Client) -> None:
    status, made = ask(client, "aggregation_tree", levels=2, width=8)
    assert status == 200
    whole = made["groups"][made["key"]]
    inside = {node["group"] for node in whole["nodes"]}
    assert inside
    assert inside < made["groups"].keys()


def test_what_is_refused_says_what_and_where(client: Client) -> None:
    status, answer = ask(client, "aggregation_tree", levels=99)
    assert (status, answer["error"]["where"]) == (422, "levels")
    status, answer = ask(client, "agregation_tree")
    assert status == 422
    assert "did you mean aggregation_tree" in answer["error"]["message"]
