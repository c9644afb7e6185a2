"""Prepared data on disk: whole or not at all, once for all processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from models_core.data import DataError, forget, open_dataset
from models_core.data._cache import Cache

from .make import classes, leftovers, pack


def test_an_entry_is_built_once_and_found_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    calls = []

    def build(folder: Path) -> dict[str, object]:
        calls.append(folder)
        np.save(folder / "x.npy", np.arange(3))
        return {"answer": 42}

    folder, meta = cache.entry("key", build)
    again, meta_again = cache.entry("key", build)
    assert (folder, meta) == (again, meta_again)
    assert meta["answer"] == 42
    assert len(calls) == 1
    assert np.load(folder / "x.npy").tolist() == [0, 1, 2]


def test_a_failing_build_leaves_nothing(tmp_path: Path) -> None:
    def build(folder: Path) -> dict[str, object]:
        (folder / "half.npy").write_bytes(b"half")
        raise DataError("no")

    with pytest.raises(DataError):
        Cache(tmp_path).entry("key", build)
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("damage", ["short", "gone", "meta"])
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: str) -> None:
    path = pack(tmp_path / "data.zip", classes(["a", "b"]))
    first = open_dataset(path, tmp_path / "cache")
    images = np.array(first.split("train").field("image"))
    file = first.folder / "train.image.npy"
    if damage == "short":
        file.write_bytes(file.read_bytes()[:100])
    elif damage == "gone":
        file.unlink()
    else:
        (first.folder / "meta.json").write_text("{")
    again = open_dataset(path, tmp_path / "cache")
    assert np.array_equal(again.split("train").field("image"), images)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = pack(tmp_path / "data.zip", classes(["a", "b"]))
    first = open_dataset(path, tmp_path / "cache")
    old = path.stat().st_mtime - 100
    os.utime(path, (old, old))
    assert open_dataset(path, tmp_path / "cache").version == first.version
    pack(path, classes(["a", "c"]))
    assert open_dataset(path, tmp_path / "cache").class_names == ["a", "c"]


def test_prepared_data_is_found_by_content_wherever_the_file_lies(tmp_path: Path) -> None:
    files = classes(["a", "b"])
    first = open_dataset(pack(tmp_path / "one.zip", files), tmp_path / "cache")
    (tmp_path / "two.zip").write_bytes((tmp_path / "one.zip").read_bytes())
    second = open_dataset(tmp_path / "two.zip", tmp_path / "cache")
    assert first.folder == second.folder
    assert (first.name, second.name) == ("one.zip", "two.zip")


def test_forget_removes_what_was_prepared(tmp_path: Path) -> None:
    path = pack(tmp_path / "data.zip", classes(["a", "b"]))
    open_dataset(path, tmp_path / "cache")
    open_dataset(path, tmp_path / "cache", seed=5)
    other = open_dataset(pack(tmp_path / "other.zip", classes(["c", "d"])), tmp_path / "cache")
    assert forget(path, tmp_path / "cache") == 2
    assert leftovers(tmp_path / "cache") == [other.folder.name]


def test_nothing_lies_beside_the_entries(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    folder, _ = cache.entry("good-1", lambda folder: {})
    with pytest.raises(DataError):
        cache.entry("bad-1", refuse)
    assert list(cache.root.iterdir()) == [folder]


def refuse(folder: Path) -> dict[str, object]:
    raise DataError("no")


def test_threads_and_processes_prepare_the_same_data_once(tmp_path: Path) -> None:
    path = pack(tmp_path / "data.zip", classes(["a", "b"], 200))
    code = (
        "import sys; from models_core.data import open_dataset;"
        "seen = [];"
        "d = open_dataset(sys.argv[1], sys.argv[2], progress=lambda *a: seen.append(a));"
        "print(int(d.split('train').field('image').sum(dtype='int64')), bool(seen))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(tmp_path / "cache")], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    sums: list[int] = []

    def work() -> None:
        images = open_dataset(path, tmp_path / "cache").split("train").field("image")
        sums.append(int(images.sum(dtype="int64")))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [process.communicate(timeout=60)[0].split() for process in processes]
    assert {*sums, *(int(total) for total, _ in said)} == {sums[0]}
    assert len(sums) == 3
    assert len(leftovers(tmp_path / "cache")) == 1
    # At least one of the two came too late to prepare anything.
    assert sum(built == "True" for _, built in said) <= 1


def test_a_killed_preparation_leaves_no_entry_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    path = pack(tmp_path / "data.zip", classes(["a", "b"], 300))
    code = (
        "import sys, time; from models_core.data import open_dataset;"
        "tell = lambda d, t: (print(d, flush=True), time.sleep(d > t / 2 and 60));"
        "open_dataset(sys.argv[1], sys.argv[2], progress=tell)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(tmp_path / "cache")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) > 600:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    left = leftovers(tmp_path / "cache")
    assert len(left) == 1
    assert left[0].startswith("."), "half-made data never has an entry's name"
    data = open_dataset(path, tmp_path / "cache")
    assert leftovers(tmp_path / "cache") == [data.folder.name]
    assert len(data.split("train")) == 480


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    path = pack(tmp_path / "data.zip", classes(["a", "b"]))
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises((DataError, OSError)) as caught:
        open_dataset(path, tmp_path / "cache")
    assert isinstance(caught.value, DataError), caught.value


def test_a_full_disk_is_said_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    path = pack(tmp_path / "data.zip", classes(["a", "b"]))
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(DataError, match=r"needs 3\.516 KiB, but .* has 1000 bytes free"):
        open_dataset(path, tmp_path / "cache")
    assert leftovers(tmp_path / "cache") == []


def test_the_default_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_DATA", str(tmp_path))
    assert open_dataset("digits").folder.parent == tmp_path / "datasets" / "cache"
