"""Data that comes by name: digits from scikit-learn, the others by download with checksum."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import http.server
import io
import struct
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from sklearn.datasets import load_digits

from models_core import registry
from models_core.data import DataError, Limits, Place, builtin_datasets, open_dataset
from models_core.data._cache import Cache
from models_core.data._download import Remote, fetch
from models_core.data.cifar10 import read_archive
from models_core.data.mnist import Mnist

from .make import leftovers


def test_digits_are_scikit_learns(tmp_path: Path) -> None:
    data = open_dataset("digits", tmp_path)
    assert data.facts() == {
        "image": {"channels": 1, "height": 8, "width": 8},
        "label": {"classes": 10, "names": list("0123456789")},
        "train": {"size": 1437},
        "test": {"size": 360},
    }
    assert data.facts() == registry.get("dataset", "digits").obj.known_facts
    reference = load_digits()
    wanted = sorted(
        (np.round(image * 255 / 16).astype(np.uint8).tobytes(), int(label))
        for image, label in zip(reference.images, reference.target, strict=True)
    )
    found = sorted(
        (image.tobytes(), int(label))
        for split in (data.split("train"), data.split("test"))
        for image, label in zip(split.field("image"), split.labels, strict=True)
    )
    assert found == wanted
    shares = [count / 360 for count in data.split("test").class_counts().values()]
    assert max(shares) - min(shares) < 0.02


def test_unknown_names_are_answered_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="did you mean digits"):
        open_dataset("digit", tmp_path)
    with pytest.raises(DataError, match="cifar10, digits, fashion_mnist, mnist, selective_copying"):
        open_dataset("zzz", tmp_path)
    with pytest.raises(DataError, match="is a folder; pack it"):
        open_dataset(tmp_path, tmp_path)
    with pytest.raises(DataError, match="neither a file nor"):
        open_dataset("http://example.org/data.zip", tmp_path)
    with pytest.raises(DataError, match="neither a file nor"):
        open_dataset("csv_text", tmp_path)


def test_every_entry_can_be_listed() -> None:
    entries = registry.all("dataset")
    assert {entry.family for entry in entries} == {"built-in", "file"}
    for entry in entries:
        shown = entry.to_json()
        assert shown["help"].endswith(".")
        assert all("title" in field for field in shown["schema"]["properties"].values())
    names = ["cifar10", "digits", "fashion_mnist", "mnist", "selective_copying"]
    assert [item["id"] for item in builtin_datasets()] == names
    for item in builtin_datasets():
        assert item["task"] == "byte_lm" or item["facts"]["label"]["classes"] == 10
        assert item["download"] == (item["id"] not in ("digits", "selective_copying"))


def test_selective_copying_says_its_letters_again(tmp_path: Path) -> None:
    data = open_dataset("selective_copying", tmp_path)
    assert data.facts() == registry.get("dataset", "selective_copying").obj.known_facts
    parts = {split: bytes(data.split(split).field("text")).decode().splitlines() for split in ("train", "test")}
    for rows in parts.values():
        for row in rows:
            scattered, _, copied = row.partition("=")
            assert len(scattered) == 24
            assert scattered.replace(".", "") == copied
            assert len(copied) == 4
    assert not set(parts["train"]) & set(parts["test"])
    every = "".join(row.partition("=")[2] for row in parts["train"])
    assert set(every) == set("abcdefghijklmnop")
    assert data.preview(2)


# ---- downloads, from a server of our own ------------------------------------------------------------------------


class Files(http.server.BaseHTTPRequestHandler):
    """Serves what is in `contents`."""

    contents: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        data = self.contents.get(self.path.rsplit("/", 1)[1])
        self.send_response(200 if data is not None else 404)
        self.end_headers()
        if data is not None:
            self.wfile.write(data)

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Files.contents, Files.asked = {}, []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


def idx(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(head + array.tobytes())


def small_mnist(server: str) -> type[Mnist]:
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        np.arange(20, dtype=np.uint8) % 10,
        rng.integers(0, 256, (10, 28, 28), dtype=np.uint8),
        np.arange(10, dtype=np.uint8),
    ]
    names = [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ]
    Files.contents = {name: idx(array) for name, array in zip(names, arrays, strict=True)}
    sums = [hashlib.md5(Files.contents[name]).hexdigest() for name in names]
    sizes = [len(Files.contents[name]) for name in names]

    class Small(Mnist):
        mirrors = (server,)
        md5 = tuple(sums)  # type: ignore[assignment]
        n_bytes = tuple(sizes)  # type: ignore[assignment]

    return Small


def test_mnist_is_downloaded_once_and_read(tmp_path: Path, server: str) -> None:
    kind = small_mnist(server)
    seen: list[tuple[int, int]] = []
    place = Place(cache=Cache(tmp_path), progress=lambda done, total: seen.append((done, total)))
    data = kind(place)
    assert data.split("train").field("image").shape == (20, 28, 28, 1)
    assert data.split("test").labels.tolist() == list(range(10))
    raw = gzip.decompress(Files.contents["t10k-images-idx3-ubyte.gz"])[16:]
    assert data.split("test").field("image").tobytes() == raw
    assert len(Files.asked) == 4
    assert seen[-1] == (sum(kind.n_bytes), sum(kind.n_bytes))
    kind(place)
    assert len(Files.asked) == 4


def test_a_wrong_checksum_is_refused_and_the_next_mirror_tried(tmp_path: Path, server: str) -> None:
    content = b"the published file"
    Files.contents = {"good.bin": content}
    place = Place(cache=Cache(tmp_path))
    right = Remote("good.bin", hashlib.md5(content).hexdigest(), len(content), (server + "x/", server))
    assert fetch(place, "It", (right,))[0].read_bytes() == content
    wrong = Remote("good.bin", "0" * 32, len(content), (server,), folder="other")
    with pytest.raises(DataError, match="checksum is wrong"):
        fetch(place, "It", (wrong,))
    long = Remote("good.bin", right.md5, 5, (server,), folder="third")
    with pytest.raises(DataError, match="sends more than the 5 bytes"):
        fetch(place, "It", (long,))
    assert sorted(path.name for path in (tmp_path / "downloads").rglob("*") if path.is_file()) == ["good.bin"]


def test_without_a_network_it_says_so_soon_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models_core.data import fashion_mnist

    # Nothing listens there: refused at once, as a machine without a network answers or times out.
    monkeypatch.setattr(fashion_mnist.FashionMnist, "mirrors", ("http://127.0.0.1:1/",))
    with pytest.raises(DataError) as caught:
        open_dataset("fashion_mnist", tmp_path, limits=dataclasses.replace(Limits(), download_seconds=1))
    message = str(caught.value)
    assert "Fashion-MNIST is not on this machine and could not be downloaded (127.0.0.1:1:" in message
    assert "connect it to the internet" in message
    assert "train-images-idx3-ubyte.gz" in message
    assert "digits, which needs no download" in message
    assert leftovers(tmp_path) == ["downloads"]
    assert not [path for path in (tmp_path / "downloads").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_downloads_can_be_switched_off(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib.request.urlopen", lambda *given, **more: pytest.fail("asked the network"))
    with pytest.raises(DataError, match="downloads are switched off"):
        open_dataset(name, tmp_path, download=False)
    monkeypatch.setenv("BLOCKYARD_OFFLINE", "1")
    with pytest.raises(DataError, match="downloads are switched off"):
        open_dataset(name, tmp_path)


def cifar(path: Path, records: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in records.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_cifar10_is_read_from_its_binary_form(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    records = {name: rng.integers(0, 10, (3, 3073), dtype=np.uint8) for name in names}
    parts = read_archive(cifar(tmp_path / "c.tar.gz", {name: record.tobytes() for name, record in records.items()}))
    images, labels = parts["train"]
    assert images.shape == (15, 32, 32, 3)
    fourth = records["data_batch_2.bin"][0]
    assert labels[3] == fourth[0]
    # Red, green and blue follow each other as planes.
    assert images[3, 5, 7].tolist() == [fourth[1 + plane * 1024 + 5 * 32 + 7] for plane in range(3)]
    assert parts["test"][0].shape == (3, 32, 32, 3)


@pytest.mark.parametrize("fault", ["missing", "short", "junk"])
def test_a_damaged_cifar10_is_refused(tmp_path: Path, fault: str) -> None:
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    records = {name: bytes(3073) for name in names}
    if fault == "missing":
        del records["data_batch_3.bin"]
    elif fault == "short":
        records["data_batch_3.bin"] = bytes(100)
    path = cifar(tmp_path / "c.tar.gz", records)
    if fault == "junk":
        path.write_bytes(b"junk" * 100)
    with pytest.raises(DataError, match="remove it and try again"):
        read_archive(path)
