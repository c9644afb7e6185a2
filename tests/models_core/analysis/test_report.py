"""Analysis against formulas worked out by hand."""

from __future__ import annotations

import json

import torch

from models_core.analysis import analyze
from models_core.compile import build
from models_core.compile.workspace import Workspace
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
        if name != "peak_activation_bytes":
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


def _mlp_with_a_skip() -> Builder:
    """x (100) -> a (400) -> relu (400) -> b (100); x + b; all in numbers of 4 bytes."""
    b = Builder("peak")
    x = b.input("row", "table", F=100)
    y = b.add("a", "linear", x, out_features=400)
    y = b.add("act", "relu", y)
    y = b.add("b", "linear", y, out_features=100)
    b.output("out", b.add("sum", "add", x, y))
    return b


def test_the_peak_of_memory_by_hand() -> None:
    report = analyze(_mlp_with_a_skip().build()).to_json()
    # While the relu runs: x is kept for the sum, the linear's result is read, the relu's is written.
    assert report["total"]["peak_activation_bytes"] == 4 * (100 + 400 + 400)
    assert report["peak_at"] == "act"


def test_the_peak_grows_with_the_batch_and_is_less_than_everything_made() -> None:
    one, many = analyze(small_design()).total, analyze(small_design(), batch=8).total
    assert many["peak_activation_bytes"] == 8 * one["peak_activation_bytes"]
    assert one["peak_activation_bytes"] < one["activation_bytes"]


def test_a_view_takes_no_memory_and_keeps_what_it_looks_at() -> None:
    b = Builder("view")
    x = b.input("image", "image", C=2, H=4, W=4)
    x = b.add("conv", "conv2d", x, out_channels=8, kernel_size=1)
    flat = b.add("flat", "flatten", x)
    dropped = b.add("drop", "dropout", flat)
    b.output("out", b.add("act", "relu", dropped))
    report = analyze(b.build()).to_json()
    # Flattening is a view and dropout does nothing in inference: the relu reads the convolution's own tensor.
    assert report["total"]["peak_activation_bytes"] == 4 * (128 + 128)
    assert report["peak_at"] == "act"


def test_a_node_of_many_operations_holds_what_it_makes_for_itself() -> None:
    b = Builder("inside")
    x = b.input("row", "table", F=10)
    b.output("out", b.add("mlp", "mlp", x, hidden_features=70))
    peak = analyze(b.build()).total["peak_activation_bytes"]
    # Inside: the hidden layer before and after its activation, beside the input.
    assert peak == 4 * (10 + 70 + 70)


def test_the_peak_is_what_a_run_holds() -> None:
    """Against torch itself: the storages alive while the built module runs."""
    design = small_design()
    module = build(design).eval()
    inputs = [torch.randn(2, *given.spec.shape) for given in analyze(design).bound.inputs]
    workspace = Workspace([*inputs, *module.parameters(), *module.buffers()])
    with torch.no_grad(), workspace:
        module(*inputs)
    given = sum(one.numel() * one.element_size() for one in inputs)
    # The caller holds the input throughout; analysis lets go of it after its last use.
    assert analyze(design, batch=2).total["peak_activation_bytes"] in (
        workspace.peak_bytes,
        workspace.peak_bytes + given,
    )
