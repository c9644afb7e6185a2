"""Analysis against formulas worked out by hand."""

from __future__ import annotations

import json

import torch

from models_core.analysis import analyze
from models_core.compile import build
from models_core.design import Builder, read
from tests.models_core.sample import small_design


def test_figures_by_hand() -> None:
    report = analyze(small_design()).to_json()
    stem, head = report["nodes"]["stem"], report["nodes"]["head"]
    assert stem["params"] == 8 * 1 * 9 + 8
    assert stem["macs"] == 8 * 1 * 9 * 16 * 16
    assert stem["weight_bytes"] == 4 * stem["params"]
    assert stem["activation_bytes"] == 4 * 8 * 16 * 16
    assert head["params"] == 16 * 10 + 10
    assert head["macs"] == 160
    assert stem["outputs"]["out"] == {"shape": [8, 16, 16], "dtype": "float32"}


def test_totals_are_those_of_the_module_and_of_the_parts() -> None:
    report = analyze(small_design()).to_json()
    module = build(small_design())
    assert report["total"]["params"] == sum(p.numel() for p in module.parameters())
    tops = [node for path, node in report["nodes"].items() if "." not in path]
    for name, value in report["total"].items():
        assert value == sum(node[name] for node in tops)
    stage = report["nodes"]["stage"]
    assert stage["repeat"] == 2
    assert report["nodes"]["stage.1"]["inputs"]["x"]["shape"] == [8, 16, 16]
    assert stage["params"] == report["nodes"]["stage.0"]["params"] + report["nodes"]["stage.1"]["params"]


def test_a_bypassed_group_shows_what_passes_through() -> None:
    document = small_design().to_json()
    document["nodes"][1]["bypass"] = True
    record = analyze(read(document)).nodes["stage"]
    assert record["bypassed"]
    assert record["outputs"]["out"]["shape"] == [8, 16, 16]
    assert record["params"] == 0


def test_activations_grow_with_the_batch_and_macs_do_not() -> None:
    one, many = analyze(small_design()).to_json(), analyze(small_design(), batch=32).to_json()
    assert many["total"]["activation_bytes"] == 32 * one["total"]["activation_bytes"]
    assert many["total"]["macs"] == one["total"]["macs"]


def test_tied_parameters_count_once() -> None:
    document = small_design().to_json()
    document["ties"] = [{"param": "stage.1.conv1.weight", "to": "stage.0.conv1.weight"}]
    tied, free = analyze(read(document)), analyze(small_design())
    assert free.total["params"] - tied.total["params"] == 8 * 8 * 9
    assert tied.total["params"] == sum(p.numel() for p in build(read(document)).parameters())


def test_the_receptive_field_of_two_convolutions_and_a_pool() -> None:
    b = Builder("field")
    x = b.input("image", "image", C=1, H=32, W=32)
    x = b.add("a", "conv2d", x, out_channels=4, kernel_size=3, padding=1)
    x = b.add("p", "max_pool2d", x, kernel_size=2, stride=2)
    x = b.add("b", "conv2d", x, out_channels=4, kernel_size=3, padding=2, dilation=2)
    x = b.add("flat", "flatten", x)
    b.output("out", x)
    nodes = analyze(b.build()).nodes
    assert nodes["a"]["receptive_field"] == [3, 3]
    assert nodes["p"]["receptive_field"] == [4, 4]
    # two steps of dilation 2 on a grid of 2 pixels: 4 + 2 * 2 * 2
    assert nodes["b"]["receptive_field"] == [12, 12]
    assert nodes["flat"]["receptive_field"] == "all"


def test_the_field_is_what_a_gradient_sees() -> None:
    b = Builder("field")
    x = b.input("image", "image", C=1, H=40, W=40)
    x = b.add("a", "conv2d", x, out_channels=2, kernel_size=5, padding=2, stride=2)
    x = b.add("b", "conv2d", x, out_channels=2, kernel_size=3, padding=1, stride=2)
    x = b.add("c", "avg_pool2d", x, kernel_size=2, stride=1)
    b.output("out", x)
    image = torch.zeros(1, 1, 40, 40, requires_grad=True)
    build(b.build())(image)[0, :, 4, 4].sum().backward()
    seen = image.grad[0, 0].nonzero()
    size = (seen.max(0).values - seen.min(0).values + 1).tolist()
    assert analyze(b.build()).nodes["c"]["receptive_field"] == size


def test_a_note_says_that_samples_are_resized() -> None:
    report = analyze(small_design(), {"image": {"channels": 1, "height": 8, "width": 8}, "label": {"classes": 10}})
    assert report.notes == ["samples are resized from 8×8 to 16×16"]


def test_the_report_is_plain_json() -> None:
    text = json.dumps(analyze(small_design()).to_json(), allow_nan=False)
    assert json.loads(text)["errors"] == []


def test_a_faulty_design_still_has_figures() -> None:
    document = small_design().to_json()
    document["nodes"][-1]["params"]["in_features"] = 3
    report = analyze(read(document)).to_json()
    assert report["hash"] is None
    assert report["errors"][0]["path"] == "head"
    assert report["total"]["params"] > 0
