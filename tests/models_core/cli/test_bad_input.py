"""Bad input: exit status 2 and exactly one line on stderr that says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models_core import registry

from .conftest import Call

CASES: dict[str, tuple[str, str]] = {
    "no command": ("", "COMMAND"),
    "unknown command": ("fly", "invalid choice"),
    "unknown kind": ("registry blok", "there is no kind blok"),
    "unknown design": ("analyze resnet5", "did you mean resnet50"),
    "missing file": ("analyze nowhere/net.json", "there is no file nowhere/net.json"),
    "design is no JSON": ("analyze {dir}/broken.json", "not JSON"),
    "design is something else": ("analyze {dir}/recipe.json", "no Blockyard design"),
    "design does not fit": ("analyze {dir}/misfit.json --json", "conv1"),
    "unknown variable": ("analyze vit:wide=3", "there is no variable wide"),
    "variable without a value": ("analyze vit:wide", "sets no variable"),
    "batch of nothing": ("analyze lenet5 --batch 0", "whole number from 1"),
    "code of a misfit": ("code {dir}/misfit.json", "conv1"),
    "code into nowhere": ("code lenet5 --out {dir}/no/where.py", "cannot be written"),
    "import of nothing": ("import {dir}/none.onnx", "cannot be read"),
    "import of something else": ("import {dir}/recipe.json", "no ONNX file"),
    "no data": ("train lenet5 --out {dir}/o", "--data"),
    "unknown data": ("train lenet5 --data digit --out {dir}/o", "did you mean digits"),
    "missing data": ("train lenet5 --data {dir}/none.csv --out {dir}/o", "none.csv"),
    "data of another kind": ("train gru_text --data digits --out {dir}/o", "text"),
    "options that are no JSON": ("train lenet5 --data digits --data-options x --out {dir}/o", "--data-options"),
    "unknown option": ('train lenet5 --data digits --data-options {"a":1} --out {dir}/o', "options"),
    "unknown recipe": ("train lenet5 --data digits --recipe slow --out {dir}/o", "there is no recipe"),
    "missing recipe": ("train lenet5 --data digits --recipe {dir}/no.json --out {dir}/o", "there is no file"),
    "bad recipe": ("train lenet5 --data digits --recipe {dir}/recipe.json --out {dir}/o", "optimizer.lr"),
    "unknown field": ("train lenet5 --data digits --set speed=9 --out {dir}/o", "speed"),
    "set without a value": ("train lenet5 --data digits --set epochs --out {dir}/o", "FIELD=VALUE"),
    "no such GPU": ("train lenet5 --data digits --set device=cuda:77 --out {dir}/o", "GPU"),
    "folder that is a file": ("train lenet5 --data digits --out {dir}/recipe.json/o", "cannot be made"),
    "resume of nothing": ("resume {dir}/nothing", "run.json"),
    "evaluate nothing": ("evaluate {dir}/nothing", "there is no folder"),
    "evaluate no run": ("evaluate {dir}", "run.json"),
    "export nothing": ("export {dir}/nothing", "there is no folder"),
    "predict with nothing": ("predict {dir}/nothing x", "there is no folder"),
    "profile nothing": ("profile nothing", "there is no design"),
    "estimate too much": ("estimate vgg16_bn --data digits --set batch_size=60000", "batch_size"),
    "check of nothing": ("data-check {dir}/none.zip", "none.zip"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "broken.json").write_text('{"format": "blockyard.design",')
    (folder / "recipe.json").write_text('{"optimizer": {"id": "adamw", "lr": "fast"}}')
    misfit = registry.get("design", "lenet5").obj().to_json()
    next(node for node in misfit["nodes"] if node["id"] == "conv1")["params"]["in_channels"] = 5
    (folder / "misfit.json").write_text(json.dumps(misfit))
    return folder


@pytest.mark.parametrize("name", CASES)
def test_one_line_and_status_2(name: str, call: Call, folder: Path) -> None:
    line, text = CASES[name]
    done = call(*(word.replace("{dir}", str(folder)) for word in line.split()))
    assert done.status == 2
    assert done.err.count("\n") == 1, done.err
    assert done.err.startswith("error: ")
    assert text in done.err


def test_predict_refuses_what_it_cannot_read(call: Call, trained: Path, tmp_path: Path) -> None:
    for given in ("/nowhere.png", str(trained / "run.json")):
        done = call("predict", trained, given)
        assert (done.status, done.err.count("\n")) == (2, 1)


def test_a_refused_training_says_so_in_its_events(call: Call, folder: Path) -> None:
    done = call("train", folder / "misfit.json", "--data", "digits", "--out", folder / "o", "--events", "-")
    assert done.status == 2
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [event["type"] for event in events] == ["error", "end"]
    assert events[0]["message"]
    assert events[1]["state"] == "failed"


def test_a_fault_of_ours_is_status_1(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(kind: str) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr("models_core.registry.all", broken)
    done = call("registry", "block")
    assert done.status == 1
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("error: a fault of Blockyard: inside")
