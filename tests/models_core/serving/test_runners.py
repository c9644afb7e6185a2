"""Runners: answers for pictures, texts, rows and prompts, their limits, and a pool that holds a few open."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from models_core import registry
from models_core.compile import bind, build
from models_core.data import DataError
from models_core.data.preprocess import Preprocess
from models_core.export.onnx import export
from models_core.serving import CannotServe, GenerateRunner, Pool, ServingLimits, SingleRunner, open_runner, pool
from models_core.serving.single import widget_of
from models_core.tasks import get_task, stream_bytes

from . import made
from .pens import png


def single(folder: Path, **limits: Any) -> SingleRunner:
    runner = open_runner(folder, ServingLimits(**limits))
    assert isinstance(runner, SingleRunner)
    return runner


def writer(folder: Path, **limits: Any) -> GenerateRunner:
    runner = open_runner(folder, ServingLimits(**limits))
    assert isinstance(runner, GenerateRunner)
    return runner


def test_serving_imports_no_torch(digits: Path, language: Path) -> None:
    code = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "django"):
            raise ImportError(name + " is blocked")
sys.meta_path.insert(0, Block())
import numpy as np
from models_core.serving import open_runner
runner = open_runner(sys.argv[1])
print(len(runner.predict(np.full((8, 8), 9, dtype=np.uint8))["predictions"]))
print(len(open_runner(sys.argv[2]).generate("To be", 5, temperature=0)["text"]) > 0)
"""
    done = subprocess.run([sys.executable, "-c", code, digits, language], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["10", "True"]


def test_runners_are_in_the_registry() -> None:
    entries = {entry.id: entry for entry in registry.all("runner")}
    assert set(entries) == {"generate", "single"}
    assert set(entries["generate"].schema()["properties"]) == {"temperature", "top_k"}


# -- single ----------------------------------------------------------------------------------------------------------


def test_a_row(table: Path) -> None:
    runner = single(table)
    assert runner.widget == "form"
    assert runner.labels == ["a", "b", "c"]
    assert [field["name"] for field in runner.input["fields"]] == ["height", "colour"]
    answer = runner.predict({"height": 3, "colour": "blue"})
    assert answer["latency_ms"] > 0
    bound = bind(made.table_design())
    torch.manual_seed(0)
    with torch.no_grad():
        expected = build(bound)(torch.tensor([[0.25, 0.0, 1.0]])).softmax(1)[0]
    assert sum(row["probability"] for row in answer["predictions"]) == pytest.approx(1)
    for row in answer["predictions"]:
        assert row["probability"] == pytest.approx(float(expected["abc".index(row["label"])]), rel=1e-4)
    probabilities = [row["probability"] for row in answer["predictions"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert len(runner.predict({"height": 3, "colour": "blue"}, top=1)["predictions"]) == 1


def test_a_bad_row_says_what_is_wrong(table: Path) -> None:
    with pytest.raises(DataError, match="colour"):
        single(table).predict({"height": 3, "colour": "green"})


def test_a_text(text: Path) -> None:
    runner = single(text, text_chars=50)
    assert runner.widget == "text"
    assert runner.input == {"max_length": 12}
    assert {row["label"] for row in runner.predict("what a film")["predictions"]} == {"bad", "good"}
    # Only what fits into the network's window counts.
    assert runner.predict("twelve bytes")["predictions"] == runner.predict("twelve bytes and more")["predictions"]
    for empty in ("", " \n"):
        with pytest.raises(DataError, match="the text is empty"):
            runner.predict(empty)
    with pytest.raises(DataError, match="at most 50"):
        runner.predict("x" * 51)


def test_several_samples_at_once_equal_one_by_one(text: Path) -> None:
    runner = single(text, batch=3)
    texts = ["good", "bad film", "so"]
    answers = runner.predict_many(texts)["answers"]
    for found, one in zip(answers, texts, strict=True):
        alone = runner.predict(one)["predictions"]
        assert [row["label"] for row in found["predictions"]] == [row["label"] for row in alone]
        assert [row["probability"] for row in found["predictions"]] == pytest.approx(
            [row["probability"] for row in alone], rel=1e-5
        )
    with pytest.raises(DataError, match="1 to 3"):
        runner.predict_many([*texts, "one more"])
    with pytest.raises(DataError, match="1 to 3"):
        runner.predict_many([])


def test_a_served_picture_is_prepared_as_in_training(digits: Path) -> None:
    """The whole path from PNG bytes equals PyTorch on the arrays that training saw."""
    from models_core.data import batches, open_dataset

    runner = single(digits)
    split = open_dataset("digits", cache=digits / "cache").split("test")
    batch = next(iter(batches(split, runner.network.preprocess, 8, shuffle=False)))
    for index in range(8):
        picture = Image.fromarray(np.asarray(split.field("image")[index])[:, :, 0])
        arrays = runner._batch([png(picture)])
        assert np.array_equal(arrays["image"][0], batch["image"][index].numpy())


def test_a_picture_over_the_limit(digits: Path) -> None:
    with pytest.raises(DataError, match="pixels"):
        single(digits, pixels=100).predict(png(Image.new("L", (40, 40))))
    with pytest.raises(DataError, match="bytes"):
        single(digits, picture_bytes=20).predict(png(Image.new("L", (40, 40))))


@pytest.mark.parametrize(("kind", "task"), [("table", "tabular_classification"), ("text", "text_classification")])
def test_the_widget_is_the_tasks_own(kind: str, task: str, request: pytest.FixtureRequest) -> None:
    runner = single(request.getfixturevalue(kind))
    assert widget_of(runner.network) == get_task(task).demo(runner.network.preprocess)


def test_the_widgets_of_pictures_and_prompts(digits: Path, language: Path) -> None:
    drawn = single(digits).network
    assert widget_of(drawn) == get_task("image_classification").demo(drawn.preprocess) == "draw"
    written = writer(language).network
    assert widget_of(written) == get_task("byte_lm").demo(written.preprocess) == "generate"


# -- generate --------------------------------------------------------------------------------------------------------


def test_text_goes_on(language: Path) -> None:
    runner = writer(language)
    answer = runner.generate("To be", 30, seed=3)
    assert answer["bytes"] == 30
    assert not answer["cut"]
    assert answer["latency_ms"] > 0
    assert runner.generate("To be", 30, seed=3)["text"] == answer["text"]
    assert runner.generate("To be", 30, seed=4)["text"] != answer["text"]
    assert "".join(runner.stream("To be", 30, seed=3)) == answer["text"]


def test_text_is_what_the_network_in_pytorch_writes(language: Path) -> None:
    torch.manual_seed(0)
    module = build(bind(made.language_design())).eval()

    def predict(ids: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return np.asarray(module(torch.from_numpy(ids)).numpy())

    # 40 bytes are more than the window of 16, so it slides.
    expected = bytes(stream_bytes(predict, b"To be", 40, length=16, temperature=0))
    assert writer(language).generate("To be", 40, temperature=0)["text"] == expected.decode("utf-8", "replace")


def test_no_half_characters_are_sent(language: Path) -> None:
    pieces = list(writer(language).stream("é", 60, temperature=5, top_k=0, seed=1))
    assert "".join(pieces).encode("utf-8")
    assert all(pieces)


@pytest.mark.parametrize(
    ("prompt", "settings", "reason"),
    [
        ("x" * 101, {}, "at most 100"),
        ("x", {"length": 0}, "1 to 50"),
        ("x", {"length": 51}, "1 to 50"),
        ("x", {"temperature": -1}, "temperature"),
    ],
)
def test_limits_of_writing(prompt: str, settings: dict[str, Any], reason: str, language: Path) -> None:
    runner = writer(language, prompt_bytes=100, generated_bytes=50)
    with pytest.raises(ValueError, match=reason):
        runner.generate(prompt, **{"length": 5, **settings})


def test_writing_ends_when_time_is_up(language: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 10_000, 3))
    monkeypatch.setattr("models_core.serving.generate.time.perf_counter", lambda: float(next(clock)))
    answer = writer(language, generate_seconds=10).generate("x", 50)
    assert answer["cut"]
    assert 0 < answer["bytes"] < 50


# -- opening ---------------------------------------------------------------------------------------------------------


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match=r"no model\.onnx"):
        open_runner(tmp_path)


def test_a_damaged_model(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(CannotServe, match="no ONNX file"):
        open_runner(tmp_path)


def test_a_damaged_run_document(table: Path, tmp_path: Path) -> None:
    shutil.copy(table / "model.onnx", tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(CannotServe, match="damaged"):
        open_runner(tmp_path)


def test_a_model_that_was_never_trained(tmp_path: Path) -> None:
    bound = bind(made.table_design())
    export(build(bound), bound, tmp_path / "model.onnx")
    with pytest.raises(CannotServe, match="how its inputs are prepared"):
        open_runner(tmp_path)


def test_preparation_that_knows_other_inputs(tmp_path: Path) -> None:
    bound = bind(made.table_design())
    export(build(bound), bound, tmp_path / "model.onnx", Preprocess.model_validate(made.DOCUMENTS["text"]))
    with pytest.raises(CannotServe, match="input row"):
        open_runner(tmp_path)


def test_damaged_preparation(table: Path, tmp_path: Path) -> None:
    shutil.copy(table / "model.onnx", tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"preprocess": {"inputs": 3}}))
    with pytest.raises(CannotServe, match="inputs is damaged"):
        open_runner(tmp_path)


def test_the_runs_own_document_is_taken_before_the_files(table: Path, tmp_path: Path) -> None:
    shutil.copy(table / "model.onnx", tmp_path)
    document = json.loads(json.dumps(made.DOCUMENTS["table"]))
    document["target"]["names"] = ["x", "y", "z"]
    (tmp_path / "run.json").write_text(json.dumps({"preprocess": document}))
    assert single(tmp_path).labels == ["x", "y", "z"]


def test_each_runner_refuses_what_the_other_serves(table: Path, language: Path) -> None:
    limits = ServingLimits()
    with pytest.raises(CannotServe, match="generate runner"):
        SingleRunner(writer(language).network, limits)
    with pytest.raises(CannotServe, match="single runner"):
        GenerateRunner(single(table).network, limits)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_limits_from_the_environment(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_SERVING_MODELS", "3")
    assert ServingLimits.from_environment().models == 3
    monkeypatch.setenv("BLOCKYARD_SERVING_MODELS", text)
    with pytest.raises(ValueError, match="BLOCKYARD_SERVING_MODELS"):
        ServingLimits.from_environment()


# -- pool ------------------------------------------------------------------------------------------------------------


def test_the_pool_keeps_the_models_used_last(table: Path, text: Path, language: Path) -> None:
    held = Pool(ServingLimits(models=2))
    first = held.get(table)
    held.get(text)
    assert held.get(table) is first
    held.get(language)
    assert len(held) == 2
    assert held.get(table) is first
    assert held.get(text) is not None
    assert len(held) == 2


def test_the_pool_is_bounded_in_bytes_too(table: Path, text: Path, language: Path) -> None:
    sizes = [(folder / "model.onnx").stat().st_size for folder in (table, text, language)]
    held = Pool(ServingLimits(loaded_bytes=sizes[1] + sizes[2]))
    held.get(table)
    held.get(text)
    held.get(language)
    assert len(held) == 2
    # One is served whatever its size.
    small = Pool(ServingLimits(loaded_bytes=1))
    small.get(table)
    assert small.get(text) is small.get(text)
    assert len(small) == 1


def test_a_file_written_anew_is_opened_anew(table: Path, tmp_path: Path) -> None:
    held = Pool(ServingLimits())
    folder = tmp_path / "model"
    shutil.copytree(table, folder)
    before = held.get(folder)
    assert held.get(folder) is before
    os.utime(folder / "model.onnx", (1, 1))
    assert held.get(folder) is not before
    named = held.get(folder, key=("run", 1))
    os.utime(folder / "model.onnx", (2, 2))
    assert held.get(folder, key=("run", 1)) is named
    held.forget(("run", 1))
    assert held.get(folder, key=("run", 1)) is not named


def test_many_requests_at_once_open_a_model_once(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    original = pool.open_runner
    together = threading.Barrier(8)

    def counting(*args: Any) -> Any:
        opened.append(args)
        return original(*args)

    monkeypatch.setattr(pool, "open_runner", counting)
    held = Pool(ServingLimits())
    answers: list[Any] = []

    def ask() -> None:
        together.wait()
        answers.append(held.get(table).predict({"height": 1, "colour": "red"})["predictions"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)


def test_a_model_that_cannot_be_opened_blocks_nobody(tmp_path: Path, table: Path) -> None:
    held = Pool(ServingLimits())
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    for _ in range(2):
        with pytest.raises(CannotServe):
            held.get(tmp_path)
    shutil.copy(table / "model.onnx", tmp_path)
    assert held.get(tmp_path).labels == ["a", "b", "c"]
