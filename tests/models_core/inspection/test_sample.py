"""Samples of real data through whole designs: pictures, texts, tables, a language model; and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from models_core import registry
from models_core.compile import DesignError, build
from models_core.data import DataError
from models_core.design import Builder, Design
from models_core.inspection import Request, SampleLimits, Sampler
from models_core.model import FileFault
from models_core.model.model import write_weights
from models_core.training.memory import MemoryFault
from tests.models_core.cli.conftest import cache, call, trained  # noqa: F401 - fixtures


@pytest.fixture
def sampler(cache: Path) -> Sampler:  # noqa: F811 - the fixture
    return Sampler(cache, SampleLimits())


def zoo(id: str) -> Design:
    design = registry.get("design", id).obj()
    assert isinstance(design, Design)
    return design


def test_a_picture_goes_through_with_its_label_and_an_answer(sampler: Sampler) -> None:
    found = sampler.answer(Request(zoo("lenet5"), "digits", 7, "test"))
    sample = found["sample"]
    assert (sample["index"], sample["size"]) == (7, 360)
    assert sample["label"] in "0123456789"
    # The data's own picture, and what the network sees of it.
    assert sample["image"] != sample["inputs"]["image"]["image"]
    assert found["samples"] == 32
    assert found["weights"] == "untrained"
    assert sum(one["probability"] for one in found["answer"]["predictions"]) < 1
    assert len(found["answer"]["predictions"]) == 5
    assert "samples are resized from 8×8 to 28×28" in found["notes"]
    json.dumps(found, allow_nan=False)


def test_the_same_request_has_the_same_answer_and_another_seed_another(sampler: Sampler) -> None:
    def values(**more: Any) -> list[float]:
        found = sampler.answer(Request(zoo("lenet5"), "digits", 3, **more))
        return [value["mean"] for value in found["values"]]

    assert values() == values()
    assert values(seed=1) != values()
    assert values(seed=1)[0] == values()[0]


def test_fresh_weights_are_those_a_training_begins_with(sampler: Sampler, tmp_path: Path) -> None:
    design = zoo("lenet5")
    first = sampler.answer(Request(design, "digits", 3, seed=5))
    torch.manual_seed(5)
    facts = {"image": {"channels": 1, "height": 8, "width": 8}, "label": {"classes": 10}}
    write_weights(tmp_path / "w.safetensors", build(design, facts))
    second = sampler.answer(Request(design, "digits", 3, weights=tmp_path / "w.safetensors"))
    assert second["weights"] == "trained"
    assert [value["mean"] for value in first["values"]] == [value["mean"] for value in second["values"]]


def test_texts_tables_and_a_stream_of_bytes(sampler: Sampler, tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.csv"
    reviews.write_text(
        "text,label\n" + "".join(f"a {'good' if n % 2 else 'bad'} film {n},{n % 2}\n" for n in range(60))
    )
    found = sampler.answer(Request(zoo("gru_text"), reviews, 2))
    assert found["sample"]["text"].startswith("a ")
    [(name, seen)] = found["sample"]["inputs"].items()
    assert seen["text"] == found["sample"]["text"]
    assert found["values"][found["inputs"][name]]["dtype"] == "int64"

    houses = tmp_path / "houses.csv"
    houses.write_text(
        "rooms,heat,price\n" + "".join(f"{n % 7},{'gas' if n % 3 else 'oil'},{n * 10.5}\n" for n in range(80))
    )
    found = sampler.answer(Request(zoo("mlp_regression"), houses, 0, options={"label": "price"}))
    assert set(found["sample"]["row"]) == {"rooms", "heat"}
    assert [one["label"] for one in found["answer"]["predictions"]] == ["price"]

    poem = tmp_path / "poem.txt"
    poem.write_text("the rain in spain stays mainly in the plain. " * 200)
    found = sampler.answer(Request(zoo("byte_transformer"), poem, 1))
    [at] = found["inputs"].values()
    length = found["values"][at]["shape"][0]
    assert len(found["sample"]["text"]) == length
    assert found["sample"]["text"][0] == poem.read_text()[length]
    assert found["answer"] is None


def test_fewer_samples_go_through_where_each_costs_much(cache: Path) -> None:  # noqa: F811
    lenet = zoo("lenet5")
    found = Sampler(cache, SampleLimits(macs=5 * 416_520)).answer(Request(lenet, "digits", 0))
    assert found["samples"] == 5


def test_what_cannot_be_looked_at_says_why(sampler: Sampler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lenet = zoo("lenet5")
    with pytest.raises(DataError, match="sample 1,437 of the train split does not exist; ask for 0 to 1,436"):
        sampler.answer(Request(lenet, "digits", 1437))
    with pytest.raises(DataError, match="there is no split"):
        sampler.answer(Request(lenet, "digits", 0, "valid"))
    with pytest.raises(DataError, match="wants text, but"):
        sampler.answer(Request(zoo("gru_text"), "digits", 0))
    b = Builder("broken")
    b.output("out", b.add("dense", "conv2d", b.input("row", "table", F=3), out_channels=2, kernel_size=3))
    with pytest.raises(DesignError, match="dense"):
        sampler.answer(Request(b.build(), "digits", 0))
    write_weights(tmp_path / "w.safetensors", build(zoo("mlp")))
    with pytest.raises(FileFault, match="the checkpoint lacks"):
        sampler.answer(Request(lenet, "digits", 0, weights=tmp_path / "w.safetensors"))
    monkeypatch.setenv("BLOCKYARD_MAX_MEMORY", "100M")
    with pytest.raises(MemoryFault, match="one sample through"):
        sampler.answer(Request(lenet, "digits", 0))


def test_the_command_shows_a_trained_network(call: Any, trained: Path) -> None:  # noqa: F811
    weights = trained / "best.safetensors"
    done = call("sample", "lenet5", "--data", "digits", "--split", "test", "--index", 4, "--weights", weights, "--json")
    assert done.status == 0, done.err
    document = done.json
    assert document["weights"] == "trained"
    plain = call("sample", "lenet5", "--data", "digits", "--split", "test", "--index", 4, "--weights", weights)
    assert "sample 4 of 360" in plain.out
    assert "conv1" in plain.out
    bad = call("sample", "lenet5", "--data", "digits", "--index", -1)
    assert (bad.status, bad.err.count("\n")) == (2, 1)
    assert call("sample", "lenet5").status == 2


def test_a_process_answers_one_request_after_the_other(cache: Path, tmp_path: Path) -> None:  # noqa: F811
    from tests.conftest import ROOT

    command = [sys.executable, "-m", "models_core", "sample", "--serve", "--cache", str(cache)]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    out = tmp_path / "answer.json"
    good = {"id": 1, "out": str(out), "design": zoo("lenet5").to_json(), "data": "digits", "split": "train", "index": 0}
    requests = [good, {**good, "id": 2, "index": 10**6}, {**good, "id": 3, "index": 1}]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answers = []
        for request in requests:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                event = json.loads(line)
                if event["type"] != "progress":
                    answers.append(event)
                    break
        process.stdin.close()
        assert process.wait(10) == 0
    assert [(event["type"], event["id"]) for event in answers] == [("answer", 1), ("error", 2), ("answer", 3)]
    assert answers[1]["bad_input"] is True
    assert "does not exist" in answers[1]["message"]
    assert json.loads(out.read_text())["sample"]["index"] == 1


def test_an_image_design_shows_what_the_middle_of_its_last_map_depends_on(sampler: Sampler) -> None:
    field = sampler.answer(Request(zoo("lenet5"), "digits", 7))["field"]
    assert field["path"] == "pool2"
    assert (field["height"], field["width"]) == (28, 28)
    # One place of 5 × 5 sees 16 × 16 pixels of it.
    assert 1 < field["half"] < 28
    assert field["picture"].startswith("data:image/png;base64,")


def test_without_a_map_or_beyond_the_limit_there_is_no_field(cache: Path, sampler: Sampler) -> None:  # noqa: F811
    assert sampler.answer(Request(zoo("mlp"), "digits", 7))["field"] is None
    few = Sampler(cache, SampleLimits(macs=1000))
    assert few.answer(Request(zoo("lenet5"), "digits", 7))["field"] is None
