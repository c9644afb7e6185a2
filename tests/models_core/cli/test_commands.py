"""Every command on good input: its exit status and its document."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from models_core import registry
from models_core.data import open_dataset

from .conftest import Call


def test_registry_lists_a_kind_or_all(call: Call) -> None:
    entries = call("registry", "optimizer", "--json").json
    assert [entry["id"] for entry in entries] == [entry.id for entry in registry.all("optimizer")]
    assert entries[0]["schema"]["properties"]["lr"]["description"]
    everything = call("registry", "--json").json
    assert set(everything) == set(registry.PACKAGES)
    assert "adamw" in call("registry", "optimizer").out


def test_zoo_has_every_design_with_its_cost(call: Call) -> None:
    rows = {row["id"]: row for row in call("zoo", "--json").json}
    assert set(rows) == {entry.id for entry in registry.all("design")}
    assert rows["resnet18"]["params"] == 11_689_512


def test_papers_lead_to_what_stands_for_them(call: Call) -> None:
    rows = {row["id"]: row for row in call("papers", "--json").json}
    paper = rows["deep-residual-learning-for-image-recognition"]
    assert {"design/resnet18", "design/resnet50"} <= set(paper["entries"])
    assert paper["year"] == 2016
    assert paper["check"] is None
    assert "Deep Residual Learning" in call("papers").out
    one = rows["aggregated-residual-transformations-deep"]
    assert "design/resnext50_32x4d" in one["entries"]
    assert {check["level"] for check in one["checks"]} == {"exact", "small"}


def test_a_paper_is_checked(call: Call) -> None:
    id = "aggregated-residual-transformations-deep"
    (found,) = call("papers", "check", id, "--check", "three_forms", "--json").json
    assert found["verdict"] == "confirmed"
    assert found["level"] == "exact"
    assert "[small]" in call("papers", "show", id).out


def test_a_check_tells_its_events(call: Call, tmp_path: Path) -> None:
    done = call("papers", "check", "mamba", "--check", "linear_time", "--events", "-", "--results", tmp_path)
    begins, verdict = [json.loads(line) for line in done.out.splitlines()]
    assert done.status == 0
    assert (begins["type"], begins["paper"], begins["check"]) == ("check", "mamba", "linear_time")
    assert verdict["type"] == "verdict"
    kept = json.loads((tmp_path / "mamba.linear_time.json").read_text())
    assert {key: verdict[key] for key in kept} == kept


def test_analyze_a_name_a_variable_a_file(call: Call, tmp_path: Path) -> None:
    plain = call("analyze", "lenet5", "--json").json
    assert plain["total"]["params"] == 61_706
    assert set(plain) >= {"total", "nodes", "uncounted", "errors"}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(registry.get("design", "vit").obj().to_json()))
    small = call("analyze", f"{path}:depth=2", "--json").json
    smaller = call("analyze", "vit:depth=1", "--json").json
    assert small["total"]["params"] > smaller["total"]["params"]
    assert call("analyze", "lenet5", "--batch", "7", "--json").json["batch"] == 7
    assert "speed" not in plain
    grouped = ("analyze", "resnext50_32x4d", "--speed")
    assert {one["rule"] for one in call(*grouped, "--json").json["speed"]["findings"]} == {"few groups", "equal widths"}
    assert "few groups: layer1.0.conv2: 32 groups" in call(*grouped).out
    text = call("analyze", "lenet5", "--data", "digits").out
    assert "61,706 parameters" in text
    assert "resized" in text


def test_code_runs_and_goes_to_a_file(call: Call, tmp_path: Path) -> None:
    text = call("code", "lenet5").out
    compile(text, "lenet5.py", "exec")
    path = tmp_path / "net.py"
    assert call("code", "lenet5", "--out", path).status == 0
    assert path.read_text() == text
    assert call("code", "lenet5", "--json").json["python"] == text


def test_recipe_prints_a_document_and_the_form(call: Call) -> None:
    assert json.loads(call("recipe", "sgd").out)["optimizer"]["id"] == "sgd"
    fitted = json.loads(call("recipe", "quick", "--data", "digits").out)
    assert fitted["batch_size"] == 32
    assert "parts" in json.loads(call("recipe", "--form").out)


def test_train_leaves_what_it_says(call: Call, trained: Path) -> None:
    assert {path.name for path in trained.iterdir()} >= {
        "run.json",
        "design.json",
        "metrics.jsonl",
        "best.safetensors",
        "last.safetensors",
    }
    again = call("resume", trained, "--no-onnx", "--json")
    assert again.status == 0
    document = again.json
    assert set(document) >= {"metrics", "seconds", "samples_per_s", "state"}
    assert document["metrics"]["accuracy"] > 0.5


def test_train_speaks_events(call: Call, tmp_path: Path) -> None:
    done = call(
        "train", "lenet5", "--data", "digits", "--set", "epochs=1", "--out", tmp_path, "--events", "-", "--no-onnx"
    )
    assert done.status == 0
    events = [json.loads(line) for line in done.out.splitlines()]
    assert events[0]["type"] == "start"
    assert events[-1] == {"type": "end", "t": events[-1]["t"], "state": "done"}


def test_evaluate_gives_the_same_as_training(call: Call, trained: Path) -> None:
    found = call("evaluate", trained, "--json").json
    expected = json.loads((trained / "run.json").read_text())["metrics"]
    assert found["metrics"]["accuracy"] == expected["accuracy"]
    assert math.isclose(found["metrics"]["loss"], expected["loss"], rel_tol=1e-5)
    assert "accuracy" in call("evaluate", trained, "--split", "train", "--weights", "last").out


def test_profile_has_backends_batches_and_nodes(call: Call, trained: Path) -> None:
    document = call("profile", trained, "--batch", "1,4", "--seconds", "0.05", "--json").json
    measured = {(one["backend"], one["batch"]) for one in document["latency_ms"]}
    assert measured == {("eager", 1), ("eager", 4), ("onnxruntime", 1), ("onnxruntime", 4)}
    for one in document["latency_ms"]:
        assert 0 < one["p50_ms"] <= one["p95_ms"]
    assert set(document["nodes"]) >= {"conv1", "fc3"}


def test_profile_leaves_tables_and_tells_how_far_it_is(call: Call, tmp_path: Path) -> None:
    how = ["--batch", "2,1", "--backend", "eager", "--seconds", "0.05", "--repeats", "3", "--out", tmp_path]
    events = [json.loads(line) for line in call("profile", "lenet5", *how, "--events", "-").out.splitlines()]
    assert [event["step"] for event in events if event["type"] == "progress"] == [0, 1, 2, 3, 4]
    assert (events[0]["type"], events[0]["total_steps"]) == ("start", 4)
    (found,) = (event for event in events if event["type"] == "profile")
    assert (found["nodes"]["conv1"]["block"], found["latency_ms"][0]["runs"]) == ("conv2d", 3)
    # What stands for the design elsewhere is of one sample.
    assert [event["batch"] for event in events if event["type"] == "latency"] == [1]
    assert json.loads((tmp_path / "profile.json").read_text())["nodes"] == found["nodes"]
    with (tmp_path / "nodes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["batch"], row["macs"]) for row in rows if row["node"] == "conv1"] == [("2", "235200"), ("1", "117600")]
    assert len((tmp_path / "latency.csv").read_text().splitlines()) == 3
    assert call("profile", "lenet5", "--backend", "eager", "--seconds", "0.05").status == 0


def test_profile_refuses_what_does_not_fit_into_memory(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_MAX_MEMORY", "600M")
    done = call("profile", "lenet5", "--batch", "1,65536")
    assert done.status == 2
    assert "a batch of 65,536 through lenet5 needs about" in done.err
    assert "more than the limit of 629 MB (BLOCKYARD_MAX_MEMORY); make the batch" in done.err


def test_export_writes_what_onnxruntime_reads(call: Call, trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    assert call("export", trained, "--out", path, "--json").json["path"] == str(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    assert session.run(None, {name: np.zeros((3, 1, 28, 28), np.float32)})[0].shape == (3, 10)


def test_predict_a_picture(call: Call, trained: Path, tmp_path: Path, cache: Path) -> None:
    split = open_dataset("digits", cache=cache).split("test")
    right = 0
    for at in range(10):
        path = tmp_path / f"{at}.png"
        Image.fromarray(np.asarray(split.raw(at))[:, :, 0]).save(path)
        answer = call("predict", trained, path, "--json").json
        assert len(answer["predictions"]) == 5
        right += int(answer["predictions"][0]["label"]) == int(split.labels[at])
    assert right >= 7
    assert "%" in call("predict", trained, tmp_path / "0.png", "--top", "1").out


def test_text_and_tables_from_files(call: Call, tmp_path: Path) -> None:
    rows = "\n".join(f"{a / 7:.3f},{b / 5:.3f},{'yes' if a > b else 'no'}" for a in range(12) for b in range(12))
    table = tmp_path / "table.csv"
    table.write_text(f"first,second,answer\n{rows}\n")
    out = tmp_path / "table"
    options = json.dumps({"label": "answer"})
    done = call(
        "train", "mlp_table", "--data", table, "--data-options", options, "--set", "epochs=2", "--out", out, "--no-onnx"
    )
    assert done.status == 0, done.err
    answer = call("predict", out, json.dumps({"first": 1.0, "second": 0.2}), "--json").json
    assert {row["label"] for row in answer["predictions"]} == {"yes", "no"}
    # The options are kept, so the data is found and read alike again.
    assert call("evaluate", out, "--json").status == 0


def test_a_language_model_writes(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "abc.txt"
    path.write_text("abcdefgh " * 400)
    out = tmp_path / "lm"
    design = "byte_transformer:depth=1,width=64"
    done = call("train", design, "--data", path, "--set", "epochs=1", "--out", out, "--no-onnx", "--events", "-")
    assert done.status == 0, done.err
    assert any(json.loads(line)["type"] == "sample" for line in done.out.splitlines())
    written = call("predict", out, "abc", "--bytes", "12", "--json").json
    assert len(written["text"].encode()) >= 12
    assert call("predict", out, "abc", "--bytes", "12", "--json").json == written


def test_estimate_measures_without_leaving_anything(call: Call) -> None:
    found = call("estimate", "lenet5", "--data", "digits", "--json").json
    assert found["memory_bytes"] == sum(value for name, value in found["memory"].items() if name != "total_bytes")
    assert found["seconds_per_epoch"] > 0
    assert found["limit_bytes"] > found["memory_bytes"]
    assert found["steps_per_epoch"] == 44


def test_data_check_tells_and_reports(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("a line of text\n" * 300)
    assert call("data-check", path).json["task"] == "byte_lm"


@pytest.mark.parametrize("command", ["--help", "train --help", "profile --help"])
def test_help(call: Call, command: str) -> None:
    done = call(*command.split())
    assert done.status == 0
    assert "usage" in done.out


def test_a_transform_writes_a_design(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "flat.json"
    assert call("transform", "make_shallow", "vit:depth=3,width=64", "--out", path).status == 0
    assert json.loads(path.read_text())["variables"]["depth"]["value"] == 3
    ours, theirs = (call("analyze", one, "--json").json["total"] for one in (path, "vit:depth=3,width=64"))
    assert ours["params"] == theirs["params"]
    done = call("transform", "make_shallow", "resnet18")
    assert done.status == 2
    assert "layer1" in done.err
    assert call("transform", "make_shallow", "vit", "--set", "nodes=3").status == 2
    assert "has no variable" in call("transform", "make_shallow", "vit:deep=3").err
