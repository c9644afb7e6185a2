"""Plain text for language modelling."""

from __future__ import annotations

import dataclasses
import gzip
from pathlib import Path

import numpy as np
import pytest

from models_core.data import DataError, Limits, batches, open_dataset, preprocess_for, steps_per_epoch

from .make import leftovers, picture

# Noise, so that no window stands in it twice.
TEXT = "".join(np.random.default_rng(0).choice(list("abcdefghijklmnopqrstuvwxyz \n"), 4000))


def test_the_end_of_the_text_is_the_test(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    data = open_dataset(path, tmp_path / "cache", test_fraction=0.25)
    train, test = (bytes(data.split(name).field("text")) for name in ("train", "test"))
    assert train + test == TEXT.encode()
    assert len(test) == round(len(TEXT) * 0.25)
    assert data.task == "byte_lm"
    assert data.facts()["text"]["vocab"] == 256
    for item in data.preview(3):
        assert item["text"] in TEXT


def test_every_epoch_shows_whole_windows_of_the_text_once(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    data = open_dataset(path, tmp_path / "cache")
    spec = preprocess_for(data, {"ids": {"kind": "tokens", "shape": (16,)}})
    stream = bytes(data.split("train").field("text"))
    n_steps = steps_per_epoch(data.split("train"), spec, 8)
    starts_by_epoch = []
    for epoch in range(3):
        starts = []
        steps = list(batches(data.split("train"), spec, 8, seed=1, epoch=epoch))
        assert len(steps) == n_steps
        for batch in steps:
            assert batch["ids"].shape == (8, 16)
            for ids, target in zip(batch["ids"], batch["target"], strict=True):
                assert ids[1:].tolist() == target[:-1].tolist()
                window = bytes(ids.tolist()) + bytes(target[-1:].tolist())
                assert window in stream
                starts.append(stream.index(window))
        assert len(set(starts)) == len(starts)
        assert len({start % 16 for start in starts}) == 1
        starts_by_epoch.append(starts)
    assert sorted(starts_by_epoch[0]) != sorted(starts_by_epoch[1])
    whole = list(batches(data.split("test"), spec, 8, shuffle=False))
    seen = np.concatenate([batch["ids"].numpy().ravel() for batch in whole]).astype(np.uint8).tobytes()
    test = bytes(data.split("test").field("text"))
    assert test.startswith(seen)
    assert len(test) - len(seen) <= 16


def test_a_window_longer_than_the_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text(TEXT)
    data = open_dataset(path, tmp_path / "cache")
    spec = preprocess_for(data, {"ids": {"kind": "tokens", "shape": (10_000,)}})
    with pytest.raises(DataError, match="too few for windows of 10,000; take a longer text or set"):
        next(batches(data.split("train"), spec, 8))


def test_the_shortest_split_still_has_a_window(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text("x" * 128)
    data = open_dataset(path, tmp_path / "cache")
    length = data.facts()["text"]["length"]
    spec = preprocess_for(data, {"ids": {"kind": "tokens", "shape": (length,)}})
    for name in ("train", "test"):
        assert next(batches(data.split(name), spec, 4))["ids"].shape[1] == length


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \n\n\t" * 100, "nothing but white space"),
        (b"short", "at least 128 are needed"),
        (picture(), "a single picture; pack pictures in a zip file"),
        (b"%PDF-1.7 and more", "a PDF document; save its text"),
        (gzip.compress(TEXT.encode()), "packed with gzip; unpack it first"),
        (b"\x7fELF\x00\x00 a program" * 100, "not text"),
        (b"\x81\x8d\xff" * 200, "encoding is unknown"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "book.txt").write_bytes(content)
    with pytest.raises(DataError, match=reason):
        open_dataset(tmp_path / "book.txt", tmp_path / "cache")
    assert leftovers(tmp_path / "cache") == []


def test_too_long_a_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text(TEXT)
    limits = dataclasses.replace(Limits(), text_bytes=100)
    with pytest.raises(DataError, match=r"more than the limit of 100 bytes.*BLOCKYARD_LIMIT_TEXT_BYTES"):
        open_dataset(tmp_path / "book.txt", tmp_path / "cache", limits=limits)


def test_other_encodings_become_utf_8(tmp_path: Path) -> None:
    text = "Grüße aus Köln\n" * 20
    (tmp_path / "book.txt").write_bytes(text.encode("utf-16"))
    data = open_dataset(tmp_path / "book.txt", tmp_path / "cache")
    assert b"".join(bytes(data.split(name).field("text")) for name in ("train", "test")) == text.encode()
