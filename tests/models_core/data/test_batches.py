"""Batches: order, resuming, resizing, normalisation; and that serving repeats every bit of them."""

from __future__ import annotations

import base64
import dataclasses
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models_core.data import (
    DataError,
    Dataset,
    Limits,
    Preprocess,
    _images,
    batches,
    notes_for,
    open_dataset,
    preprocess_for,
    steps_per_epoch,
)

from .make import classes, pack, picture


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset("digits", tmp_path_factory.mktemp("cache"))


def image(channels: int, height: int, width: int) -> dict[str, dict[str, object]]:
    return {"image": {"kind": "image", "shape": (channels, height, width)}}


def test_an_epoch_has_every_sample_once_in_an_order_of_seed_and_epoch(digits: Dataset) -> None:
    train = digits.split("train")
    spec = preprocess_for(digits, image(1, 8, 8))

    def order(**given: int) -> list[bytes]:
        return [
            sample.numpy().tobytes()
            for batch in batches(train, spec, 50, drop_last=False, **given)
            for sample in batch["image"]
        ]

    first = order(seed=3, epoch=1)
    whole = [spec.apply_one(train.raw(at))["image"].tobytes() for at in range(len(train))]
    assert sorted(first) == sorted(whole)
    assert order(seed=3, epoch=1) == first
    assert order(seed=3, epoch=2) != first
    assert order(seed=4, epoch=1) != first


def test_labels_stay_with_their_pictures(digits: Dataset) -> None:
    train = digits.split("train")
    spec = preprocess_for(digits, image(1, 8, 8))
    label_of: dict[bytes, set[int]] = {}
    for at in range(len(train)):
        label_of.setdefault(spec.apply_one(train.raw(at))["image"].tobytes(), set()).add(int(train.labels[at]))
    for batch in batches(train, spec, 64, seed=1):
        assert batch["target"].dtype == torch.int64
        for sample, label in zip(batch["image"], batch["target"].tolist(), strict=True):
            assert label in label_of[sample.numpy().tobytes()]


@pytest.mark.parametrize("start", [0, 1, 7, 21, 22])
def test_starting_later_gives_what_would_have_followed(digits: Dataset, start: int) -> None:
    train = digits.split("train")
    spec = preprocess_for(digits, image(1, 16, 16))

    def noisy(pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        return pictures + torch.randint(0, 9, pictures.shape, generator=generator, dtype=torch.uint8)

    given = {"seed": 5, "epoch": 2, "augment": noisy}
    whole = list(batches(train, spec, 64, **given))  # type: ignore[arg-type]
    rest = list(batches(train, spec, 64, start=start, **given))  # type: ignore[arg-type]
    assert len(whole) == steps_per_epoch(train, spec, 64) == 22
    assert len(rest) == 22 - start
    for one, other in zip(whole[start:], rest, strict=True):
        assert torch.equal(one["image"], other["image"])
        assert torch.equal(one["target"], other["target"])


def test_testing_gives_all_samples_in_their_order(digits: Dataset) -> None:
    test = digits.split("test")
    spec = preprocess_for(digits, image(1, 8, 8))
    found = list(batches(test, spec, 100, shuffle=False))
    assert [len(batch["target"]) for batch in found] == [100, 100, 100, 60]
    assert torch.cat([batch["target"] for batch in found]).tolist() == test.labels.tolist()
    assert steps_per_epoch(test, spec, 100, shuffle=False) == 4


def test_a_split_smaller_than_a_batch_is_one_batch(digits: Dataset) -> None:
    spec = preprocess_for(digits, image(1, 8, 8))
    found = list(batches(digits.split("test"), spec, 1000, seed=1))
    assert [len(batch["target"]) for batch in found] == [360]
    assert steps_per_epoch(digits.split("test"), spec, 1000) == 1
    with pytest.raises(DataError, match="at least 1"):
        next(batches(digits.split("test"), spec, 0))


@pytest.mark.parametrize(("channels", "side"), [(1, 8), (1, 28), (3, 8), (3, 20)])
@pytest.mark.parametrize("channels_last", [False, True])
def test_serving_repeats_training_bit_for_bit(digits: Dataset, channels: int, side: int, channels_last: bool) -> None:
    spec = preprocess_for(digits, image(channels, side, side))
    served = Preprocess.model_validate_json(spec.model_dump_json())
    test = digits.split("test")
    batch = next(batches(test, spec, 40, shuffle=False, channels_last=channels_last))["image"]
    assert batch.shape == (40, channels, side, side)
    assert batch.dtype == torch.float32
    for at in range(40):
        encoded = base64.b64decode(test.sample(at)["image"].partition(",")[2])
        for raw in (test.raw(at), encoded, test.sample(at)["image"], Image.open(io.BytesIO(encoded))):
            assert served.apply_one(raw)["image"].tobytes() == batch[at].contiguous().numpy().tobytes()


@pytest.mark.parametrize("shape", [(3, 10, 12), (3, 24, 24), (1, 10, 12), (1, 6, 9)])
@pytest.mark.parametrize("on_the_fly", [False, True])
def test_colour_pictures_bit_for_bit_however_they_are_resized(
    tmp_path: Path, shape: tuple[int, int, int], on_the_fly: bool
) -> None:
    files = {**classes(["a", "b"], 20), **classes(["c"], 5, width=40, height=30)}
    limits = dataclasses.replace(Limits(), resized_bytes=1 if on_the_fly else 2**30)
    data = open_dataset(pack(tmp_path / "d.zip", files), tmp_path / "cache", limits=limits)
    spec = preprocess_for(data, image(*shape))
    train = data.split("train")
    batch = next(batches(train, spec, 36, shuffle=False, channels_last=True))["image"]
    for at in range(36):
        assert spec.apply_one(train.raw(at))["image"].tobytes() == batch[at].contiguous().numpy().tobytes()
    # The same bytes as before they were prepared, for a picture that is not of the data set's size.
    stored = {row.tobytes(): at for at, row in enumerate(train.field("image"))}
    n_found = 0
    for at in range(5):
        path = f"c/{at}.png"
        array = _images.take(files[path], 10, 12, 3, Limits())
        if array.tobytes() in stored:
            row = stored[array.tobytes()]
            assert spec.apply_one(files[path])["image"].tobytes() == batch[row].contiguous().numpy().tobytes()
            n_found += 1
    assert n_found >= 1


def test_training_pictures_have_mean_zero_and_deviation_one(digits: Dataset) -> None:
    spec = preprocess_for(digits, image(1, 8, 8))
    pixels = torch.cat([b["image"] for b in batches(digits.split("train"), spec, 100, shuffle=False)])
    assert abs(float(pixels.mean())) < 1e-5
    assert abs(float(pixels.std()) - 1) < 1e-4


def test_channels_last_changes_strides_and_no_value(digits: Dataset) -> None:
    spec = preprocess_for(digits, image(3, 8, 8))
    plain = next(batches(digits.split("train"), spec, 16, seed=1))["image"]
    last = next(batches(digits.split("train"), spec, 16, seed=1, channels_last=True))["image"]
    assert torch.equal(plain, last)
    assert plain.is_contiguous()
    assert last.is_contiguous(memory_format=torch.channels_last)


def test_augmentation_sees_bytes_and_a_generator_of_its_step(digits: Dataset) -> None:
    spec = preprocess_for(digits, image(1, 8, 8))
    seen: list[tuple[torch.dtype, int]] = []

    def black(pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        seen.append((pictures.dtype, generator.initial_seed()))
        return torch.zeros_like(pictures)

    mean, scale = spec.inputs["image"].constants()  # type: ignore[union-attr]
    for batch in batches(digits.split("train"), spec, 500, seed=1, augment=black):
        assert torch.equal(batch["image"], torch.full_like(batch["image"], float((0 - mean[0]) * scale[0])))
    assert {dtype for dtype, _ in seen} == {torch.uint8}
    assert len({seed for _, seed in seen}) == len(seen) == 2


def test_batches_are_fresh_memory(digits: Dataset) -> None:
    spec = preprocess_for(digits, image(1, 8, 8))
    train = digits.split("train")
    first = next(batches(train, spec, 8, shuffle=False))
    kept = {name: tensor.clone() for name, tensor in first.items()}
    for tensor in first.values():
        tensor.zero_()
    again = next(batches(train, spec, 8, shuffle=False))
    assert all(torch.equal(again[name], kept[name]) for name in kept)


def test_notes_say_what_is_done() -> None:
    facts = {"image": {"channels": 3, "height": 8, "width": 8}}
    assert notes_for(facts, image(3, 8, 8)) == []
    assert notes_for(facts, image(3, 28, 28)) == ["samples are resized from 8×8 to 28×28"]
    assert notes_for(facts, image(1, 8, 8)) == ["samples are made grey"]
    assert "what stands over after scaling is cut off evenly" in notes_for(facts, image(3, 8, 16))
    text = {"text": {"longest": 300, "length": 256, "vocab": 256}}
    assert notes_for(text, {"t": {"kind": "tokens", "shape": (128,)}}) == [
        "texts are cut to 128 bytes; the longest has 300"
    ]


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"t": {"kind": "tokens", "shape": (8,)}}, "wants text, but Digits has pictures"),
        ({"t": {"kind": "table", "shape": (8,)}}, "wants a table, but Digits has pictures"),
        (image(4, 8, 8), "wants 4 channels"),
        ({"target": {"kind": "image", "shape": (1, 8, 8)}}, "rename the input"),
        ({"g": {"kind": "graph", "shape": (8,)}}, "for which there is no data"),
        ({}, "no input"),
    ],
)
def test_inputs_the_data_has_nothing_for(digits: Dataset, inputs: dict[str, object], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        preprocess_for(digits, inputs)


def test_a_design_with_two_inputs_is_fed_the_same_pictures_twice(digits: Dataset) -> None:
    inputs = {"small": {"kind": "image", "shape": (1, 8, 8)}, "large": {"kind": "image", "shape": (1, 16, 16)}}
    spec = preprocess_for(digits, inputs)
    batch = next(batches(digits.split("test"), spec, 4, shuffle=False))
    assert batch["small"].shape == (4, 1, 8, 8)
    assert batch["large"].shape == (4, 1, 16, 16)
    one = spec.apply_one(digits.split("test").raw(2))
    assert one["large"].tobytes() == batch["large"][2].numpy().tobytes()


def test_texts_and_rows_bit_for_bit(tmp_path: Path) -> None:
    rows = "".join(f"{at % 2},größere Sätze {at} {'x' * at},{at / 7},{'abc'[at % 3]}\n" for at in range(60))
    (tmp_path / "d.csv").write_text("label,text,number,letter\n" + rows)
    texts = open_dataset(tmp_path / "d.csv", tmp_path / "cache", label="label")
    spec = preprocess_for(texts, {"ids": {"kind": "tokens", "shape": (24,)}})
    batch = next(batches(texts.split("train"), spec, 40, shuffle=False))
    assert batch["ids"].dtype == torch.int64
    for at in range(40):
        text = texts.split("train").field("text")[at]
        assert batch["ids"][at].tolist() == list(text[:24].ljust(24, b"\0"))
        assert spec.apply_one(text.decode())["ids"].tolist() == batch["ids"][at].tolist()
    table = open_dataset(tmp_path / "d.csv", tmp_path / "cache", label="label", columns=["number", "letter"])
    spec = preprocess_for(table, {"row": {"kind": "table", "shape": (4,)}})
    batch = next(batches(table.split("test"), spec, 12, shuffle=False))
    for at in range(12):
        assert spec.apply_one(table.split("test").raw(at))["row"].tobytes() == batch["row"][at].numpy().tobytes()
    assert [field["name"] for field in spec.form()] == ["number", "letter"]
    assert spec.form()[1] == {"name": "letter", "kind": "category", "values": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"number": 1}, "lacks 'letter'"),
        ({"number": "x", "letter": "a"}, "column 'number' is 'x'; send a number"),
        ({"number": float("inf"), "letter": "a"}, "finite"),
        ({"number": 10**400, "letter": "a"}, "finite"),
        ({"number": -1e30, "letter": "a"}, "'number' is -1e.30, far from all that was trained on"),
        ({"number": 1, "letter": "z"}, "column 'letter' is 'z'; send one of 'a', 'b', 'c'"),
        ({"number": 1, "letter": "a", "more": 1}, "no column 'more'"),
        ([1], "has 1 values; send 2"),
        ("text", "not as str"),
        (None, "not as NoneType"),
    ],
)
def test_rows_that_cannot_be_served(tmp_path: Path, raw: object, reason: str) -> None:
    (tmp_path / "d.csv").write_text("number,letter,y\n" + "".join(f"{i},{'abc'[i % 3]},{i % 2}\n" for i in range(30)))
    data = open_dataset(tmp_path / "d.csv", tmp_path / "cache")
    spec = preprocess_for(data, {"row": {"kind": "table", "shape": (4,)}})
    with pytest.raises(DataError, match=reason):
        spec.apply_one(raw)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is empty"),
        (b"no picture", "is not a picture"),
        ("data:image/png;base64,###", "neither a data URI nor base64"),
        (picture(1, format="JPEG", width=60, height=60)[:900], "is damaged"),
        (17, "not as int"),
        (np.zeros((8, 8), dtype=np.float32), "uint8"),
        (bytes(70 * 2**20), "bytes; send a smaller one"),
    ],
    ids=["empty", "junk", "uri", "cut", "int", "float", "large"],
)
def test_pictures_that_cannot_be_served(digits: Dataset, raw: object, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        preprocess_for(digits, image(1, 8, 8)).apply_one(raw)


def test_serving_needs_no_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from models_core.data import Preprocess\n"
        "from models_core.tasks import answer, stream_bytes\n"
        "import numpy as np\n"
        "spec = Preprocess.model_validate({'inputs': {'image': {'kind': 'image', 'channels': 1, 'height': 4,"
        " 'width': 4, 'stored': [8, 8, 1], 'mean': [0.5], 'std': [0.5]}},"
        " 'target': {'kind': 'class', 'names': ['a', 'b']}})\n"
        "print(spec.apply_one(np.zeros((8, 8, 1), dtype=np.uint8))['image'].sum())\n"
        "print(answer(np.array([0.0, 3.0]), spec.target)['predictions'][0]['label'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["-16.0", "b"]
