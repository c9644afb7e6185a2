"""Designs made into other ones, over the API."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from models_core import registry
from models_core.analysis import analyze
from models_core.design import read
from models_core.transforms.make_shallow import make_shallow
from playground.accounts.models import User
from playground.datasets.models import Dataset
from playground.designs import transforms, zoo


def ask(client: Client, design: dict[str, Any], transform: str = "make_shallow", **params: object) -> tuple[int, dict]:
    body = {"design": design, "transform": transform, "params": params}
    answer = client.post("/api/transform", body, content_type="application/json")
    return answer.status_code, answer.json()


def refused(client: Client, design: dict[str, Any], transform: str = "make_shallow", **params: object) -> dict:
    status, answer = ask(client, design, transform, **params)
    assert status == 422
    return answer["error"]


def test_the_design_comes_with_what_both_cost(client: Client) -> None:
    document = zoo.document("residual_stack")
    status, answer = ask(client, document)
    assert status == 200
    made = make_shallow(read(document))
    assert answer["design"] == made.to_json()
    assert answer["before"] == analyze(read(document)).total
    assert answer["after"] == analyze(made).total
    assert answer["before"]["macs"] > 0


def test_facts_of_the_data_count(client: Client) -> None:
    body = {"design": zoo.document("vit"), "transform": "make_shallow", "dataset": "digits"}
    with_data = client.post("/api/transform", body, content_type="application/json").json()
    _, without = ask(client, zoo.document("vit"))
    assert with_data["before"]["params"] != without["before"]["params"]


def test_data_of_others_is_not_there(client: Client, stranger: Client, user: User) -> None:
    facts = {"image": {"channels": 1, "height": 8, "width": 8}, "label": {"classes": 3}}
    data = Dataset.objects.create(
        owner=user, name="own", filename="own.zip", state="ready", size=9, received=9, facts=facts
    )
    body = {"design": zoo.document("residual_stack"), "transform": "make_shallow", "dataset": data.pid}
    assert client.post("/api/transform", body, content_type="application/json").status_code == 200
    assert stranger.post("/api/transform", body, content_type="application/json").status_code == 404


def test_the_form_is_what_the_registry_tells(client: Client) -> None:
    status, answer = ask(client, zoo.document("edgenext_xx_small"), nodes=["stage1"])
    assert status == 200
    groups = {node["id"]: node.get("group") for node in answer["design"]["nodes"]}
    assert (groups["stage1"], groups["stage2"]) == ("filter_parallel", "filter")
    told = client.get("/api/registry?kind=transform").json()["transform"]
    assert [one["id"] for one in told] == [one.id for one in registry.all("transform")]
    fault = refused(client, zoo.document("vit"), nodes=3)
    assert (fault["code"], fault["where"]) == ("bad_param", "nodes")


def test_what_cannot_be_done_says_why(client: Client) -> None:
    fault = refused(client, zoo.document("lenet5"))
    assert fault["code"] == "cannot_transform"
    assert "repeats nothing; put the unit of a residual stack in a group" in fault["message"]
    assert "did you mean make_shallow" in refused(client, zoo.document("vit"), "make_shalow")["message"]
    assert refused(client, {"format": "none"})["code"] == "bad_design"


def test_a_design_with_faults_is_not_begun(client: Client) -> None:
    document = {**zoo.document("residual_stack"), "edges": []}
    fault = refused(client, document)
    assert (fault["code"], bool(fault["details"])) == ("bad_design", True)
    assert fault["message"].startswith("A design is transformed when it has no errors:")


def test_what_would_be_made_with_faults_is_not_given(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = read({**zoo.document("residual_stack"), "edges": []})
    entry = replace(registry.get("transform", "make_shallow"), obj=lambda design, **params: broken)
    monkeypatch.setattr(transforms, "registry", SimpleNamespace(get=lambda kind, id: entry))
    fault = refused(client, zoo.document("residual_stack"))
    assert fault["message"].startswith("Make shallow makes a design with an error, so it was not done:")
