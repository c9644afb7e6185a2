"""The help of blocks: formulas as MathML, graphs of composed blocks."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from django.test import Client

from models_core import registry
from playground.designs import help

MATH = "{http://www.w3.org/1998/Math/MathML}math"


@pytest.mark.parametrize("entry", registry.all("block"), ids=lambda entry: entry.id)
def test_every_blocks_formula_is_mathml(entry: registry.Entry) -> None:
    lines = help.of_block(entry.id)["formula"]
    assert lines
    for line in lines:
        assert ET.fromstring(line).tag == MATH


def test_help_over_http(client: Client) -> None:
    found = client.get("/api/registry/block/glu_mlp/help").json()
    assert found["formula"][0].startswith("<math")
    assert {"id": "act", "title": "SiLU", "family": "activation"} in found["inside"]["parts"]
    assert {"from": "act", "to": "mul"} in found["inside"]["edges"]
    assert "technical-note-bilinear-layers" in {paper["id"] for paper in found["papers"]}
    assert client.get("/api/registry/block/relu/help").json()["inside"] is None
    missing = client.get("/api/registry/block/conv2e/help")
    assert missing.status_code == 404
    assert "did you mean conv2d" in missing.json()["error"]["message"]


def test_the_registry_carries_formulas(client: Client) -> None:
    answer = client.get("/api/registry?kind=block")
    [relu] = [entry for entry in answer.json()["block"] if entry["id"] == "relu"]
    assert relu["formula"] == {"lines": [r"y = \max(x,\, 0)"], "where": ""}
