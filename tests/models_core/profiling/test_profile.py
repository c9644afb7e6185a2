"""A whole profile: what it holds, and how onnxruntime's operators are led back to nodes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from models_core.analysis import Report, analyze
from models_core.compile import build
from models_core.profiling import Latency, measure
from models_core.profiling.memory import growth
from models_core.profiling.profile import Wanted, profile
from models_core.registry import get


def network(name: str) -> tuple[Report, Any]:
    report = analyze(get("design", name).obj())
    return report, build(report.bound)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    report, module = network("resnet20_cifar")
    told: list[tuple[str, int]] = []
    wanted = Wanted(batches=(1, 3), repeats=4, warmup=1, seconds=30, threads=1)
    document = profile(module, report, wanted, lambda text, step: told.append((text, step)))
    assert [step for _, step in told] == [0, 1, 2, 3, 4, 4, 5, 6, 7]
    assert wanted.steps == 8
    return {"report": report, **document}


def test_every_backend_and_batch_has_its_figures_and_conditions(found: dict[str, Any]) -> None:
    measured = {(one["backend"], one["batch"]): one for one in found["latency_ms"]}
    assert set(measured) == {("eager", 1), ("eager", 3), ("onnxruntime", 1), ("onnxruntime", 3)}
    for one in measured.values():
        assert 0 < one["p50_ms"] <= one["p95_ms"]
        assert one["iqr_ms"] >= 0
        assert (one["runs"], one["warmup"], one["threads"], one["device"]) == (4, 1, 1, "cpu")
        assert one["peak_bytes"] is None or one["peak_bytes"] > 0
    assert found["total"]["macs"] == found["report"].total["macs"]
    assert found["hash"] == found["report"].to_json()["hash"]
    assert found["machine"]["versions"]["torch"] == torch.__version__
    assert found["machine"]["busy"] == (max(found["machine"][f"others_{when}"] for when in ("before", "during")) > 0.5)


def test_nodes_have_time_memory_and_work_in_each(found: dict[str, Any]) -> None:
    paths = [leaf.path for leaf in found["report"].bound.leaves]
    assert list(found["nodes"]) == paths
    assert sum(node["macs"] for node in found["nodes"].values()) == found["total"]["macs"]
    assert sum(node["params"] for node in found["nodes"].values()) == found["total"]["params"]
    assert [(one["backend"], one["batch"]) for one in found["node_ms"]] == [
        ("eager", 1),
        ("eager", 3),
        ("onnxruntime", 1),
        ("onnxruntime", 3),
    ]
    for one in found["node_ms"]:
        assert list(one["nodes"]) == paths
    one, three = (found["node_ms"][at]["nodes"]["conv1"] for at in (0, 1))
    assert 3 * one["bytes"] == three["bytes"] == 3 * 16 * 32 * 32 * 4


def test_what_onnxruntime_merges_names_the_node_that_has_the_time(found: dict[str, Any]) -> None:
    nodes = found["node_ms"][2]["nodes"]
    stage = next(path.rpartition(".")[0] for path in nodes if path.endswith("0.conv2"))
    convolution = nodes[f"{stage}.conv2"]
    assert convolution["ms"] > 0
    assert "into" not in convolution
    for name in ("bn2", "act2"):
        assert nodes[f"{stage}.{name}"] == {"ms": 0.0, "bytes": 0, "into": f"{stage}.conv2"}
    # Every node with multiply-adds of its own has a time of its own.
    for path, node in nodes.items():
        assert (node["ms"] > 0) == ("into" not in node), path
        if found["nodes"][path]["macs"]:
            assert node["ms"] > 0, path


def test_what_cannot_be_exported_is_measured_in_torch_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from models_core.export.onnx import ExportError

    def fail(*args: Any, **settings: Any) -> None:
        raise ExportError("there is no such operator")

    monkeypatch.setattr("models_core.profiling.profile.export", fail)
    report, module = network("lenet5")
    document = profile(module, report, Wanted(repeats=2, seconds=0.1))
    assert [one["backend"] for one in document["latency_ms"]] == ["eager"]
    assert document["notes"] == ["not measured in onnxruntime: there is no such operator"]


def test_spread_and_warmup_are_stated() -> None:
    latency = measure(lambda: None, 1, "test", warmup=2, max_runs=8)
    assert (latency.runs, latency.warmup) == (8, 2)
    assert isinstance(latency, Latency)
    assert 0 <= latency.iqr_ms < 5


def test_memory_is_what_a_call_adds_at_its_worst() -> None:
    kept: list[torch.Tensor] = []

    def call() -> None:
        torch.ones(16 * 2**20)  # 64 MiB, gone again
        kept.append(torch.ones(2**20))

    found = growth(call)
    if found is None:
        pytest.skip("this system does not tell")
    # The system counts pages in batches per thread.
    assert 60 * 2**20 <= found < 80 * 2**20
