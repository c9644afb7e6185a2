"""`python -m models_core.data`: a data set read in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from .make import classes, leftovers, pack


def command(*arguments: str, wait: bool = True) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "models_core.data", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if wait:
        process.wait(timeout=60)
    return process


def events(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    assert process.stdout is not None
    return [json.loads(line) for line in process.stdout]


def test_it_tells_progress_and_then_what_there_is(tmp_path: Path) -> None:
    path = pack(tmp_path / "blob", classes(["a", "b"], 20))
    process = command(str(path), "--name", "pets.zip", "--cache", str(tmp_path / "cache"), "--events", "-")
    assert process.returncode == 0
    *before, last = events(process)
    assert {event["type"] for event in before} == {"progress"}
    assert (before[-1]["done"], before[-1]["total"]) == (80, 80)
    assert last["type"] == "result"
    assert (last["name"], last["task"]) == ("pets.zip", "image_classification")
    assert last["counts"] == {"train": {"a": 16, "b": 16}, "test": {"a": 4, "b": 4}}


def test_bad_data_is_status_2_with_the_columns_to_choose_from(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n" + "".join(f"{i},{i % 3}\n" for i in range(20)))
    process = command(
        str(tmp_path / "x.csv"), "--options", '{"label": "zz"}', "--cache", str(tmp_path / "c"), "--events", "-"
    )
    assert process.returncode == 2
    (*_, event) = events(process)
    assert event["type"] == "error"
    assert "no column 'zz'" in str(event["message"])
    columns = event["columns"]
    assert isinstance(columns, list)
    assert [column["name"] for column in columns] == ["a", "b"]
    assert leftovers(tmp_path / "c") == []


def test_a_name_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    process = command("nothing.zip", "--cache", str(tmp_path))
    assert process.returncode == 2
    assert process.stderr is not None
    text = process.stderr.read()
    assert text.startswith("error: there is no data set 'nothing.zip'")
    assert text.count("\n") == 1
    for options in ("[1]", "{", '{"kind": 3}'):
        process = command("digits", "--cache", str(tmp_path), "--options", options)
        assert process.returncode == 2


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    path = pack(tmp_path / "many.zip", classes(["a", "b"], 2000))
    process = command(str(path), "--cache", str(tmp_path / "cache"), "--events", "-", wait=False)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    process.stdin.close()
    process.wait(timeout=20)
    assert process.returncode == 3
    process.stdout.close()
    assert [name for name in leftovers(tmp_path / "cache") if not name.startswith(".")] == []
