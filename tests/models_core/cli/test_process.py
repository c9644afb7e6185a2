"""The engine as a process: commands on stdin, signals, a killed one that goes on, a fast start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ENGINE = [sys.executable, "-m", "models_core"]
MANY = "epochs=400"


class Process:
    """A command in a process of its own, with events."""

    def __init__(self, cache: Path, *arguments: str) -> None:
        self.child = subprocess.Popen(
            [*ENGINE, *arguments, "--events", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "BLOCKYARD_CACHE": str(cache), "OMP_NUM_THREADS": "1"},
        )
        self.events: list[dict[str, Any]] = []

    def until(self, type: str, **fields: Any) -> dict[str, Any]:
        """Read events up to the next of that type (and step, at least)."""
        assert self.child.stdout is not None
        for line in self.child.stdout:
            event: dict[str, Any] = json.loads(line)
            self.events.append(event)
            if event["type"] == type and event.get("step", 0) >= fields.get("step", 0):
                return event
        raise AssertionError(f"no {type}: {self.child.stderr.read() if self.child.stderr else ''}")

    def end(self, timeout: float = 30) -> int:
        """Read to the end; the exit status."""
        assert self.child.stdout is not None
        self.events += [json.loads(line) for line in self.child.stdout]
        return self.child.wait(timeout)

    def say(self, **command: Any) -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(json.dumps(command) + "\n")
        self.child.stdin.flush()


def training(cache: Path, folder: Path, *more: str, epochs: str = MANY) -> Process:
    """A training of LeNet-5 on digits."""
    arguments = ["train", "lenet5", "--data", "digits", "--set", epochs, "--set", "checkpoint_steps=25"]
    return Process(cache, *arguments, "--set", "schedule.id=constant", "--out", str(folder), "--no-onnx", *more)


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    yield started
    for process in started:
        process.child.kill()
        process.child.wait()
        for stream in (process.child.stdin, process.child.stdout, process.child.stderr):
            if stream:
                stream.close()


def test_a_stop_and_a_new_rate_arrive_on_stdin(cache: Path, tmp_path: Path, processes: list[Process]) -> None:
    process = training(cache, tmp_path)
    processes.append(process)
    process.until("metrics")
    process.say(cmd="set", lr=0.0001)
    process.say(cmd="jump")
    changed = process.until("set")
    process.until("metrics", step=changed["step"] + 1)
    process.say(cmd="stop")
    assert process.end() == 3
    assert process.events[-1]["state"] == "cancelled"
    assert any("jump" in event.get("message", "") for event in process.events if event["type"] == "log")
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["changes"] == [{"step": changed["step"], "lr": 0.0001}]
    assert run["state"] == "cancelled"


@pytest.mark.parametrize("how", ["end of stdin", "SIGTERM"])
def test_it_ends_with_a_checkpoint_when_its_supervisor_goes(
    how: str, cache: Path, tmp_path: Path, processes: list[Process]
) -> None:
    process = training(cache, tmp_path)
    processes.append(process)
    process.until("metrics")
    began = time.monotonic()
    if how == "SIGTERM":
        process.child.send_signal(signal.SIGTERM)
    else:
        assert process.child.stdin is not None
        process.child.stdin.close()
        process.child.stdin = None
    assert process.end() == 3
    assert time.monotonic() - began < 15
    assert process.events[-1]["state"] == "cancelled"
    last = [event for event in process.events if event["type"] == "checkpoint"][-1]
    assert last["step"] == [event for event in process.events if event["type"] == "metrics"][-1]["step"]


@pytest.mark.parametrize("how", ["stop", "end of stdin"])
def test_a_check_ends_when_it_is_told_to(how: str, cache: Path, tmp_path: Path, processes: list[Process]) -> None:
    check = ["papers", "check", "mamba", "--check", "selective_copying", "--results", str(tmp_path)]
    process = Process(cache, *check)
    processes.append(process)
    process.until("check")
    began = time.monotonic()
    if how == "stop":
        process.say(cmd="stop")
    else:
        assert process.child.stdin is not None
        process.child.stdin.close()
        process.child.stdin = None
    assert process.end() == 3
    assert time.monotonic() - began < 10
    assert not list(tmp_path.iterdir())


def test_a_profile_ends_when_it_is_told_to(cache: Path, tmp_path: Path, processes: list[Process]) -> None:
    process = Process(cache, "profile", "lenet5", "--seconds", "60", "--repeats", "1000000", "--out", str(tmp_path))
    processes.append(process)
    process.until("progress")
    process.say(cmd="stop")
    assert process.end() == 3
    assert not list(tmp_path.iterdir())


def test_killed_without_warning_it_goes_on_to_the_same_weights(
    cache: Path, tmp_path: Path, processes: list[Process]
) -> None:
    """SIGKILL, then another attempt in another folder, against a run that was left alone."""
    killed = training(cache, tmp_path / "f1", epochs="epochs=6")
    processes.append(killed)
    killed.until("checkpoint", step=50)
    killed.child.kill()
    killed.child.wait()
    again = training(cache, tmp_path / "f2", "--resume-from", str(tmp_path / "f1"), epochs="epochs=6")
    whole = training(cache, tmp_path / "whole", epochs="epochs=6")
    processes.extend([again, whole])
    assert again.end(60) == 0
    assert whole.end(60) == 0
    rewind = next(event for event in again.events if event["type"] == "rewind")
    assert rewind["step"] >= 50
    for name in ("best.safetensors", "last.safetensors"):
        assert (tmp_path / "f2" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    steps = []
    for line in (tmp_path / "f2" / "metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        if "test/loss" in row["values"]:
            steps.append(row["step"])
    assert steps == [44, 88, 132, 176, 220, 264]


def test_help_loads_no_torch() -> None:
    program = "import sys; from models_core.cli import parser; parser(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=30).returncode == 0


def test_a_setting_that_cannot_be_used_is_one_line() -> None:
    command = [sys.executable, "-m", "models_core", "zoo"]
    env = {**os.environ, "BLOCKYARD_LIMIT_NODES": "abc"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: BLOCKYARD_LIMIT_NODES is 'abc'; set it to a whole number above 0, or leave it unset\n"
