from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from models_core import registry
from playground.designs.picture import digest, picture
from tests.playground.conftest import small_design

SVG = "{http://www.w3.org/2000/svg}"


def parse(document: dict[str, Any]) -> ElementTree.Element:
    return ElementTree.fromstring(picture(document))


def test_has_one_box_per_node_and_input() -> None:
    document = small_design()
    titles = [title.text for title in parse(document).iter(f"{SVG}title")]
    assert titles == ["input image", "flat: flatten", "hidden: linear", "act: relu", "head: linear"]


def test_what_a_generator_makes_is_drawn_as_a_group_is() -> None:
    document = small_design()
    document["nodes"][1] = {"id": "hidden", "generator": "aggregation_tree"}
    assert "hidden: aggregation tree" in [title.text for title in parse(document).iter(f"{SVG}title")]


def test_layers_go_from_left_to_right() -> None:
    left = [float(rect.attrib["x"]) for rect in parse(small_design()).iter(f"{SVG}rect")]
    assert left == sorted(left)
    assert len(set(left)) == len(left)


def test_a_skip_joins_side_by_side_branches_without_overlap() -> None:
    document = small_design()
    document["nodes"].append({"id": "side", "block": "linear", "params": {"out_features": 4}})
    document["nodes"].append({"id": "sum", "block": "add"})
    document["edges"] += [
        {"from": "flat.out", "to": "side.x"},
        {"from": "side.out", "to": "sum.xs"},
        {"from": "hidden.out", "to": "sum.xs"},
    ]
    boxes = [
        tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        for rect in parse(document).iter(f"{SVG}rect")
    ]
    for i, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[i + 1 :]:
            apart = x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
            assert apart


def test_what_users_write_is_escaped() -> None:
    document = small_design(name='<script>alert("x")</script>')
    document["nodes"][0]["id"] = "a<b"
    document["groups"] = {}
    text = picture(document)
    assert "<script" not in text
    ElementTree.fromstring(text)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"nodes": [{"id": "a", "block": "no_such_block"}], "edges": [{"from": "a.out", "to": "gone.x"}]},
        {
            "nodes": [{"id": "a", "block": "relu"}, {"id": "b", "block": "relu"}],
            "edges": [{"from": "a.out", "to": "b.x"}, {"from": "b.out", "to": "a.x"}],
        },
    ],
    ids=["empty", "unknown", "cycle"],
)
def test_faulty_documents_have_a_picture_too(document: dict[str, Any]) -> None:
    assert parse(document).tag == f"{SVG}svg"


def test_the_digest_follows_the_graph_and_not_the_name() -> None:
    assert digest(small_design("one")) == digest(small_design("two"))
    document = small_design()
    document["nodes"][1]["block"] = "conv2d"
    assert digest(document) != digest(small_design())


def test_every_zoo_design_has_a_picture_that_is_not_too_large() -> None:
    entries = registry.all("design")
    for entry in entries:
        text = picture(entry.obj().to_json())
        svg = ElementTree.fromstring(text)
        assert float(svg.attrib["width"]) <= 430, entry.id
        assert len(text) < 60_000, entry.id
