"""Events, the metrics file, commands and the life line."""

from __future__ import annotations

import io
import json
import math
import os
import time
from pathlib import Path

import pytest
import torch

from models_core.training.control import Control
from models_core.training.events import Emitter, LineSink, MetricsFile, encode


def test_what_is_not_finite_becomes_null_with_a_mark() -> None:
    line = encode(
        {"type": "metrics", "values": {"train/loss": math.nan, "lr": 0.1, "x": [1.0, -math.inf]}, "eta_s": math.inf}
    )
    event = json.loads(line)
    assert event["values"] == {"train/loss": None, "lr": 0.1, "x": [1.0, None]}
    assert event["eta_s"] is None
    assert event["nonfinite"] == ["train/loss", "x.1", "eta_s"]
    assert "nonfinite" not in json.loads(encode({"type": "log", "message": "NaN"}))


def test_tensors_and_numpy_numbers_are_numbers() -> None:
    import numpy as np

    event = json.loads(encode({"a": torch.tensor(2.5), "b": np.int64(3), "c": np.float32("nan"), "d": True}))
    assert event == {"a": 2.5, "b": 3, "c": None, "d": True, "nonfinite": ["c"]}


def test_a_reader_that_is_gone_is_told_once() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    told: list[int] = []
    emit = Emitter(LineSink(Gone(), lambda: told.append(1)))
    emit("log", message="one")
    emit("log", message="two")
    assert told == [1]


def test_the_metrics_file_has_no_gap_and_no_repeat(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    rows = MetricsFile(path)
    rows.rewind(0, 0)
    emit = Emitter(rows)
    for step in (10, 20, 30):
        emit("metrics", step=step, epoch=0, values={"train/loss": 1.0})
        emit("metrics", step=step, epoch=0, values={"test/loss": 1.0})
        emit("log", message="no row")
    rows.close()
    with path.open("a") as file:
        file.write('{"step": 40, "val')
    again = MetricsFile(tmp_path / "other.jsonl")
    again.rewind(20, 10, path)
    again.close()
    kept = [json.loads(line) for line in (tmp_path / "other.jsonl").read_text().splitlines()]
    assert [(row["step"], next(iter(row["values"]))) for row in kept] == [
        (10, "train/loss"),
        (10, "test/loss"),
        (20, "train/loss"),
    ]


@pytest.mark.parametrize("word", ["stop", "pause", "cancel"])
def test_commands_that_stop(word: str) -> None:
    control = Control()
    control.command(json.dumps({"cmd": word}))
    assert control.stopping
    assert word in (control.reason or "")


@pytest.mark.parametrize(
    "line",
    ["what", "[1]", '{"cmd": "dance"}', '{"cmd": "set"}', '{"cmd": "set", "lr": -1}', '{"cmd": "set", "lr": "x"}'],
)
def test_commands_that_cannot_be_understood_are_noted(line: str) -> None:
    control = Control()
    control.command(line)
    assert not control.stopping
    assert control.rates.empty()
    assert control.notes.get_nowait()


def test_end_of_a_pipe_ends_but_the_null_device_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models_core.training.control.GRACE_SECONDS", 1000)
    control = Control()
    with open(os.devnull) as null:
        control.listen(null)
        time.sleep(0.05)
    assert not control.stopping
    read, write = os.pipe()
    with os.fdopen(read) as stream:
        control.listen(stream)
        os.write(write, b'{"cmd": "set", "lr": 0.5}\n')
        deadline = time.monotonic() + 5
        while control.rates.empty() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert control.rates.get_nowait() == 0.5
        assert not control.stopping
        os.close(write)
        while not control.stopping and time.monotonic() < deadline:
            time.sleep(0.01)
        assert control.stopping
