"""Muted nodes: they give nothing, and what only they feed is left out with them, in figures, module, code and hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from models_core.analysis import analyze
from models_core.compile import Bound, bind, build, identify
from models_core.compile.code import source
from models_core.design import Builder, Design, diff, read
from models_core.design.schema import VERSION
from models_core.export.onnx import export
from tests.models_core.sample import small_design


def branches(**mutes: bool | str) -> Design:
    """An image through two branches that are added; `side` alone feeds `after`."""
    b = Builder("branches")
    b.variable("lean", False)
    x = b.input("image", "image", C=3, H=8, W=8)
    stem = b.add("stem", "conv2d", x, out_channels=4, kernel_size=1)
    main = b.add("main", "conv2d", stem, out_channels=4, kernel_size=3, padding=1)
    side = b.add("side", "conv2d", stem, out_channels=4, kernel_size=1)
    after = b.add("after", "relu", b.add("norm", "batch_norm", side))
    joined = b.add("join", "add", main, after)
    b.output("out", joined)
    b.output("extra", after)
    document = b.build().to_json()
    for id, value in mutes.items():
        next(node for node in document["nodes"] if node["id"] == id)["mute"] = value
    return read(document)


def without(*ids: str) -> Design:
    document = branches().to_json()
    document["nodes"] = [node for node in document["nodes"] if node["id"] not in ids]
    document["edges"] = [
        edge
        for edge in document["edges"]
        if edge["from"].split(".")[0] not in ids and edge["to"].split(".")[0] not in ids
    ]
    document["outputs"] = [end for end in document["outputs"] if end["name"] != "extra"]
    return read(document)


def leaves(bound: Bound) -> list[str]:
    return [leaf.path for leaf in bound.leaves]


def test_what_only_a_muted_node_feeds_is_left_out() -> None:
    bound = bind(branches(side=True))
    assert not bound.issues
    assert leaves(bound) == ["stem", "main", "join"]
    assert list(bound.outputs) == ["out"]
    assert identify(bound).hash == identify(bind(without("side", "norm", "after"))).hash
    module = build(bound)
    assert module(torch.randn(2, 3, 8, 8)).shape == (2, 4, 8, 8)
    assert "norm.weight" not in module.state_dict()


def test_figures_code_and_export_are_those_of_the_rest(tmp_path: Path) -> None:
    muted, rest = branches(side=True), without("side", "norm", "after")
    report = analyze(muted).to_json()
    assert report["total"] == analyze(rest).to_json()["total"]
    assert report["nodes"]["side"]["muted"]
    assert report["nodes"]["after"]["muted"]
    assert "muted" not in report["nodes"]["main"]
    code = source(bind(muted))
    assert "side" not in code
    assert "norm" not in code
    assert export(build(muted), bind(muted), tmp_path / "muted.onnx").max_error < 1e-4


def test_a_variable_can_mute() -> None:
    design = branches(side="=lean")
    assert "side" in leaves(bind(design))
    assert "side" not in leaves(bind(design, variables={"lean": True}))
    assert [issue.code for issue in bind(branches(side="=nothing")).errors] == ["bad_expression"]


def test_with_every_output_muted_the_outputs_say_so() -> None:
    bound = bind(branches(stem=True))
    assert [issue.code for issue in bound.errors] == ["muted_output", "muted_output"]
    assert "muted" in bound.errors[0].message


def test_a_branch_of_a_group_is_left_out_in_every_instance() -> None:
    document = small_design().to_json()
    group = document["groups"]["unit"]
    next(node for node in group["nodes"] if node["id"] == "short")["mute"] = True
    bound = bind(read(document))
    assert not bound.issues
    assert "stage.1.short" not in leaves(bound)
    assert "stage.1.add" in leaves(bound)
    module, code = build(bound), source(bound)
    assert module(torch.randn(2, 1, 16, 16)).shape == (2, 10)
    made: dict[str, Any] = {"__name__": "generated"}
    exec(compile(code, "generated", "exec"), made)  # our own code, as people run it
    assert made["Small"]().load_state_dict(module.state_dict())


def test_a_muted_group_takes_along_what_it_feeds() -> None:
    document = small_design().to_json()
    next(node for node in document["nodes"] if node["id"] == "stage")["mute"] = True
    bound = bind(read(document))
    assert {issue.code for issue in bound.errors} == {"muted_output"}
    assert not any(leaf.path.startswith("down.conv1") and leaf.figures for leaf in bound.nodes)


def test_muting_is_a_difference() -> None:
    assert diff(branches(), branches(side=True))["nodes"]["changed"] == {"side": {"mute": [False, True]}}


def test_a_document_of_version_1_opens() -> None:
    document = {**branches().to_json(), "version": 1}
    assert read(document) == branches()
    assert read(document).to_json()["version"] == VERSION
