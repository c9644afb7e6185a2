"""The real files that people bring: CIFAR-10 as a zip, film reviews, Shakespeare, a table of measurements."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models_core.data import Dataset, batches, open_dataset, preprocess_for

from .make import shared


@pytest.fixture(scope="module")
def cifar(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(shared("cifar10.zip"), tmp_path_factory.mktemp("cache"))


def test_cifar10_zip(cifar: Dataset) -> None:
    facts = cifar.facts()
    assert facts["image"] == {"channels": 3, "height": 32, "width": 32}
    assert (facts["train"]["size"], facts["test"]["size"]) == (50_000, 10_000)
    assert set(cifar.split("train").class_counts().values()) == {5000}
    assert set(cifar.split("test").class_counts().values()) == {1000}
    assert cifar.notes == []
    with zipfile.ZipFile(shared("cifar10.zip")) as archive:
        for number, at in ((0, 0), (3, 123), (9, 999)):
            name = f"test/{facts['label']['names'][number]}/{at:04d}.jpg"
            wanted = np.asarray(Image.open(io.BytesIO(archive.read(name))))
            assert np.array_equal(cifar.split("test").field("image")[number * 1000 + at], wanted)
            assert cifar.split("test").labels[number * 1000 + at] == number


def test_cifar10_statistics_are_the_published_ones(cifar: Dataset) -> None:
    spec = preprocess_for(cifar, {"image": {"kind": "image", "shape": (3, 32, 32)}})
    part = spec.inputs["image"]
    assert part.kind == "image"
    assert np.allclose(part.mean, [0.4914, 0.4822, 0.4465], atol=0.003)
    assert np.allclose(part.std, [0.2470, 0.2435, 0.2616], atol=0.003)


def test_film_reviews(tmp_path: Path) -> None:
    data = open_dataset(shared("movie_reviews.csv"), tmp_path)
    assert data.task == "text_classification"
    assert data.class_names == ["0", "1"]
    assert len(data.split("train")) + len(data.split("test")) == 10_662
    assert abs(data.split("test").labels.mean() - 0.5) < 0.01
    texts = [data.split(name).field("text") for name in ("train", "test")]
    found = [text[at] for text in texts for at in range(len(text))]
    assert b"eddie murphy and owen wilson have a cute partnership in i spy" in b"\n".join(found)


def test_shakespeare(tmp_path: Path) -> None:
    path = shared("tinyshakespeare.txt")
    data = open_dataset(path, tmp_path)
    assert data.task == "byte_lm"
    both = b"".join(bytes(data.split(name).field("text")) for name in ("train", "test"))
    assert both == path.read_bytes()
    spec = preprocess_for(data, {"ids": {"kind": "tokens", "shape": (128,)}})
    batch = next(batches(data.split("train"), spec, 4, seed=0))
    assert bytes(batch["ids"][0].tolist()) in both


def test_measurements(tmp_path: Path) -> None:
    data = open_dataset(shared("ETTh1.csv"), tmp_path, split="last")
    assert data.task == "tabular_regression"
    assert data.facts()["value"]["name"] == "OT"
    assert data.facts()["features"]["names"] == ["HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL"]
    assert len(data.split("train")) + len(data.split("test")) == 17_420
    assert any("column date is left out" in note for note in data.notes)


def test_the_whole_zip_again_takes_no_time(cifar: Dataset) -> None:
    seen: list[int] = []
    again = open_dataset(cifar.place.file, cifar.place.cache.root, progress=lambda done, total: seen.append(done))
    assert again.folder == cifar.folder
    assert seen == []
