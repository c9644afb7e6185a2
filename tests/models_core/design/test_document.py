"""Reading, writing and comparing documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models_core.analysis import analyze
from models_core.design import DesignError, diff, read
from tests.models_core.sample import small_design


def test_a_document_survives_writing_and_reading() -> None:
    document = small_design().to_json()
    assert read(json.dumps(document)).to_json() == document
    assert read(document) == small_design()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "no_json"),
        ("[]", "foreign"),
        ('{"format": "comfy"}', "foreign"),
        ('{"format": "blockyard.design"}', "bad_version"),
        ('{"format": "blockyard.design", "version": 99}', "newer_version"),
        ('{"format": "blockyard.design", "version": 1, "nodes": 3}', "bad_form"),
        ('{"format": "blockyard.design", "version": 1, "nodes": [{"id": "a b", "block": "relu"}]}', "bad_form"),
        ('{"format": "blockyard.design", "version": 1, "nodes": [{"id": "input", "block": "relu"}]}', "bad_form"),
        ('{"format": "blockyard.design", "version": 1, "nodes": [{"id": "a"}]}', "bad_form"),
        ("[" * 100_000, "no_json"),
    ],
)
def test_what_is_no_design_is_refused_with_a_reason(text: str, code: str) -> None:
    with pytest.raises(DesignError) as caught:
        read(text)
    assert caught.value.issues[0].code == code
    assert caught.value.issues[0].message


def test_a_fault_names_its_place_once() -> None:
    with pytest.raises(DesignError) as caught:
        read({**small_design().to_json(), "nodes": [{"id": "forward", "block": "relu"}]})
    assert str(caught.value).startswith("nodes.0: the id forward means something else")


@pytest.mark.parametrize(
    "part",
    [
        {"inputs": [{"name": f"i{at}", "kind": "image"} for at in range(1_001)]},
        {"outputs": [{"name": f"o{at}"} for at in range(1_001)]},
        {"ties": [{"param": "a.b", "to": "c.d"}] * 1_001},
        {"groups": {f"g{at}": {} for at in range(1_001)}},
        {"facts": {f"f{at}": {} for at in range(1_001)}},
        {"variables": {f"v{at}": {"value": 1} for at in range(501)}},
        {"nodes": [{"id": "a", "block": "relu", "params": {f"p{at}": 1 for at in range(1_001)}}]},
        {"nodes": [{"id": f"n{at}", "block": "relu"} for at in range(5_001)]},
    ],
    ids=lambda part: next(iter(part)),
)
def test_more_than_a_hand_can_write_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(DesignError, match=rf"{next(iter(part))}.*should have at most"):
        read({**small_design().to_json(), **part})


def test_every_fault_of_form_is_told() -> None:
    document: dict[str, Any] = small_design().to_json()
    document["nodes"][0]["repeat"] = "many"
    document["edges"][0]["to"] = "nowhere"
    with pytest.raises(DesignError) as caught:
        read(document)
    assert len(caught.value.issues) >= 2


def test_the_difference_of_two_designs() -> None:
    before, document = small_design(), small_design().to_json()
    document["nodes"][0]["params"]["kernel_size"] = 5
    document["nodes"][1]["position"] = {"x": 3, "y": 4}
    document["nodes"].append({"id": "extra", "block": "relu"})
    document["edges"].append({"from": "stem.out", "to": "extra.x"})
    document["variables"]["width"]["value"] = 16
    document["groups"]["unit"]["nodes"][0]["params"]["padding"] = 2
    change = diff(before, read(document))
    assert change["nodes"] == {
        "added": ["extra"],
        "removed": [],
        "changed": {"stem": {"params.kernel_size": [3, 5]}},
    }
    assert change["edges"] == {"added": [["stem.out", "extra.x"]], "removed": []}
    assert list(change["variables"]) == ["width"]
    assert change["groups"]["unit"]["nodes"]["changed"] == {"conv1": {"params.padding": [1, 2]}}
    assert diff(before, before) == {}


def test_a_budget_and_what_was_ungrouped_are_kept_and_mean_nothing() -> None:
    document: dict[str, Any] = small_design().to_json()
    kept = {"node": {"id": "stage", "group": "unit", "repeat": "=depth"}, "ids": [{"conv1": "stage_0_conv1"}]}
    noted = {**document, "budget": {"params": 1e6, "latency_ms": 2.5}, "ungrouped": [kept]}
    assert read(noted).to_json() == noted
    assert analyze(read(noted)).to_json()["hash"] == analyze(small_design()).to_json()["hash"]
    assert diff(small_design(), read(noted)) == {}
    with pytest.raises(DesignError):
        read({**document, "budget": {"params": -1}})
