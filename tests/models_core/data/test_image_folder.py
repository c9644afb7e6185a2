"""Pictures in zip files: layouts, sizes, modes, broken ones."""

from __future__ import annotations

import base64
import dataclasses
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from models_core.data import DataError, Dataset, Limits, open_dataset

from .make import classes, leftovers, pack, picture


def opened(
    tmp_path: Path, files: dict[str, bytes], bounds: dict[str, int] | None = None, /, **options: object
) -> Dataset:
    path = pack(tmp_path / "data.zip", files)
    return open_dataset(path, tmp_path / "cache", options, limits=dataclasses.replace(Limits(), **(bounds or {})))


def refused(tmp_path: Path, files: dict[str, bytes], bounds: dict[str, int] | None = None, /, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        opened(tmp_path, files, bounds, **options)
    assert leftovers(tmp_path / "cache") == []
    return str(caught.value)


def pixels(data: bytes) -> np.ndarray:
    array = np.asarray(Image.open(io.BytesIO(data)))
    return array if array.ndim == 3 else array[:, :, None]


def test_given_splits_are_kept_and_every_pixel_is_there(tmp_path: Path) -> None:
    files = {**classes(["b", "a"], 3, "train/"), **classes(["a", "b"], 2, "test/")}
    data = opened(tmp_path, files)
    assert data.facts() == {
        "image": {"channels": 3, "height": 10, "width": 12},
        "label": {"classes": 2, "names": ["a", "b"]},
        "train": {"size": 6},
        "test": {"size": 4},
    }
    train = data.split("train")
    assert train.field("label").tolist() == [0, 0, 0, 1, 1, 1]
    assert train.field("label").dtype == np.int64
    wanted = [f"train/{name}/{at}.png" for name in "ab" for at in range(3)]
    for at, name in enumerate(wanted):
        assert np.array_equal(train.field("image")[at], pixels(files[name]))


def test_a_split_is_made_from_each_class_by_seed(tmp_path: Path) -> None:
    files = {**classes(["cat"], 20), **classes(["dog"], 10)}
    data = opened(tmp_path, files, test_fraction=0.2, seed=1)
    assert data.split("train").class_counts() == {"cat": 16, "dog": 8}
    assert data.split("test").class_counts() == {"cat": 4, "dog": 2}
    assert any("6 of 30 pictures are kept for testing" in note for note in data.notes)
    again = opened(tmp_path, files, test_fraction=0.2, seed=1)
    other = opened(tmp_path, files, test_fraction=0.2, seed=2)
    assert np.array_equal(again.split("test").field("image"), data.split("test").field("image"))
    assert not np.array_equal(other.split("test").field("image"), data.split("test").field("image"))
    assert data.version == again.version != other.version
    both = np.concatenate([data.split(name).field("image") for name in ("train", "test")])
    assert {image.tobytes() for image in both} == {pixels(file).tobytes() for file in files.values()}


@pytest.mark.parametrize(
    "prefix", ["", "my pictures/", "train/", "Training/", "photos/train/"], ids=["bare", "wrap", "train", "T", "both"]
)
def test_wrapping_folders_are_seen_through(tmp_path: Path, prefix: str) -> None:
    assert opened(tmp_path, classes(["cat", "dog"], 5, prefix)).class_names == ["cat", "dog"]


def test_validation_folders(tmp_path: Path) -> None:
    train, valid, test = (classes(["a", "b"], n, p) for n, p in ((3, "train/"), (2, "val/"), (4, "test/")))
    data = opened(tmp_path, {**train, **valid})
    assert (len(data.split("train")), len(data.split("test"))) == (6, 4)
    assert "the validation folder is taken for testing" in data.notes
    data = opened(tmp_path, {**train, **valid, **test})
    assert (len(data.split("train")), len(data.split("test"))) == (10, 8)
    assert "the validation folder is joined to the training folder" in data.notes


def test_what_is_no_picture_is_passed_over_and_said(tmp_path: Path) -> None:
    extra = {
        "__MACOSX/cat/._0.png": b"junk",
        "cat/.DS_Store": b"junk",
        ".git/config.png": b"junk",
        "README.txt": b"hello",
        "dog/notes.md": b"hello",
    }
    data = opened(tmp_path, {**classes(["cat", "dog"]), **extra})
    assert len(data.split("train")) + len(data.split("test")) == 10
    assert any("2 files that are no pictures are passed over" in note for note in data.notes)


def test_classes_are_sorted_as_people_count(tmp_path: Path) -> None:
    assert opened(tmp_path, classes(["10", "9", "1", "b2", "b10"], 2)).class_names == ["1", "9", "10", "b2", "b10"]


def test_pictures_of_other_sizes_are_brought_to_the_most_common_one(tmp_path: Path) -> None:
    files = {**classes(["a"], 6, width=16, height=8), **classes(["b"], 3, width=30, height=30)}
    data = opened(tmp_path, files)
    assert data.facts()["image"] == {"channels": 3, "height": 8, "width": 16}
    assert any("3 of 9 pictures are scaled to 16 x 8" in note for note in data.notes)


def test_without_a_common_size_the_median_is_taken(tmp_path: Path) -> None:
    files = {f"{'ab'[at % 2]}/{at}.png": picture(at, width=10 + at, height=20 + 2 * at) for at in range(9)}
    assert opened(tmp_path, files).facts()["image"] == {"channels": 3, "height": 28, "width": 14}


def test_large_pictures_are_shrunk_to_max_side(tmp_path: Path) -> None:
    data = opened(tmp_path, classes(["a", "b"], 3, width=64, height=32), max_side=16)
    assert data.facts()["image"] == {"channels": 3, "height": 8, "width": 16}


def test_scaling_keeps_proportions_and_cuts_evenly(tmp_path: Path) -> None:
    wide = np.zeros((10, 30, 3), dtype=np.uint8)
    wide[:, 10:20] = 255
    file = io.BytesIO()
    Image.fromarray(wide).save(file, "PNG")
    files = {**classes(["a", "b"], 5, width=10, height=10), "a/wide.png": file.getvalue()}
    data = opened(tmp_path, files)
    images = np.concatenate([data.split(name).field("image") for name in ("train", "test")])
    assert sum(bool((image == 255).all()) for image in images) == 1


def test_grey_only_when_all_are(tmp_path: Path) -> None:
    grey = classes(["a", "b"], 3, mode="L")
    data = opened(tmp_path, grey)
    assert data.facts()["image"]["channels"] == 1
    assert data.split("train").field("image").shape == (4, 10, 12, 1)
    mixed = opened(tmp_path, {**grey, "a/colour.png": picture(9)})
    assert mixed.facts()["image"]["channels"] == 3


def test_unusual_pixels(tmp_path: Path) -> None:
    def saved(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
        file = io.BytesIO()
        image.save(file, format, **options)
        return file.getvalue()

    clear = Image.new("RGBA", (12, 10), (255, 0, 0, 0))
    deep = Image.fromarray(np.full((10, 12), 40_000, dtype=np.uint16))
    palette = picture(3)
    turned = Image.new("RGB", (12, 10))
    turned.paste((255, 255, 255), (0, 0, 6, 10))
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    files = {
        "a/clear.png": saved(clear),
        "a/deep.png": saved(deep),
        "b/palette.gif": saved(Image.open(io.BytesIO(palette)).convert("P"), "GIF"),
        "b/turned.png": saved(turned, exif=exif),
        "b/cmyk.jpg": saved(Image.new("CMYK", (12, 10)), "JPEG"),
        "a/one.bmp": saved(Image.new("1", (12, 10), 1), "BMP"),
    }
    data = opened(tmp_path, files)
    train, test = data.split("train"), data.split("test")
    found = [*train.field("image"), *test.field("image")]
    assert any((image == 255).all() for image in found), "transparent becomes white"
    assert any((image == 40_000 >> 8).all() for image in found), "16 bits are scaled, not clipped"
    assert any((image[:, :6] == 0).all() and (image[:, 6:] == 255).all() for image in found), "EXIF is heeded"


def test_a_few_broken_pictures_are_refused_by_name(tmp_path: Path) -> None:
    whole = picture(1, format="JPEG", width=40, height=40)
    files = classes(["cat", "dog"], 20)
    files |= {"cat/cut.jpg": whole[: len(whole) // 2], "dog/text.png": b"no picture", "dog/empty.png": b""}
    message = refused(tmp_path, files)
    assert "of 43 pictures cannot be read" in message
    assert "dog/text.png is not a picture" in message
    assert "dog/empty.png is empty" in message
    del files["dog/text.png"], files["dog/empty.png"]
    assert "1 of 41 pictures cannot be read (cat/cut.jpg is damaged" in refused(tmp_path, files)


def test_only_a_few_of_many_broken_pictures_are_named(tmp_path: Path) -> None:
    files = {f"{name}/{at}.png": b"x" for name in "ab" for at in range(50)}
    message = refused(tmp_path, files)
    assert message.startswith("100 of 100 pictures")
    assert message.count(".png") == 3


def huge_png(width: int, height: int) -> bytes:
    """A small file that says it has this many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [10_000, 50_000])
def test_huge_pixel_counts_are_refused_before_decoding(tmp_path: Path, side: int) -> None:
    message = refused(tmp_path, {**classes(["a", "b"]), "a/huge.png": huge_png(side, side)})
    assert "a/huge.png has" in message
    assert "pixels" in message
    assert "50,000,000" in message


def test_a_form_that_would_run_a_program_is_not_read(tmp_path: Path) -> None:
    # Pillow hands EPS to Ghostscript; whatever the suffix says, only a few formats are opened.
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n"
    assert "a/x.png is not a picture" in refused(tmp_path, {**classes(["a", "b"]), "a/x.png": eps})


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"readme.txt": b"hi"}, "contains no pictures; it has 'readme.txt'"),
        ({}, "contains no pictures"),
        ({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}, "an Office document"),
        (classes(["only"]), "only one"),
        ({"x.png": picture(), "y.png": picture(1)}, "lies in no class folder"),
        ({**classes(["a", "b"]), "x.png": picture()}, "'x.png' lies in no class folder"),
        ({**classes(["a", "b"], 2, "train/"), "train/x.png": picture()}, "'train/x.png' lies in no class folder"),
        ({**classes(["a", "b"], 2, "train/"), **classes(["c"], 2, "test/")}, "class 'c' is in the test folder only"),
        (classes(["only"], 3, "train/"), "only one"),
    ],
)
def test_layouts_that_cannot_be_learned_from(tmp_path: Path, files: dict[str, bytes], reason: str) -> None:
    message = refused(tmp_path, files)
    assert reason in message
    assert any(remedy in message for remedy in ("train/<class>/", "add training pictures", "as CSV"))


def test_prepared_size_and_classes_have_limits(tmp_path: Path) -> None:
    files = classes(["a", "b"], 10, width=64, height=64)
    message = refused(tmp_path, files, {"prepared_bytes": 100_000})
    assert "max_side" in message
    side = int(message.split("max_side to ")[1].split()[0])
    assert side <= 64
    assert "5 classes, more than the limit of 4" in refused(tmp_path, classes("abcde", 2), {"classes": 4})
    data = opened(tmp_path, files, {"prepared_bytes": 100_000}, max_side=side)
    assert data.facts()["image"]["height"] == side


def test_options_are_checked(tmp_path: Path) -> None:
    files = classes(["a", "b"])
    assert "no parameter label" in refused(tmp_path, files, label="x")
    assert "test_fraction" in refused(tmp_path, files, test_fraction=2.0)
    # What a user writes cannot reach the engine's own arguments.
    assert "no parameter limits" in refused(tmp_path, files, limits={"files": 1})
    assert "no parameter cache" in refused(tmp_path, files, cache="/tmp")


def test_progress_grows_to_its_total(tmp_path: Path) -> None:
    path = pack(tmp_path / "data.zip", classes(["a", "b"], 300))
    seen: list[tuple[int, int]] = []
    open_dataset(path, tmp_path / "cache", progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (1200, 1200)
    seen.clear()
    open_dataset(path, tmp_path / "cache", progress=lambda done, total: seen.append((done, total)))
    assert seen == []


def test_what_is_shown_is_encoded_anew(tmp_path: Path) -> None:
    """Nothing of a file but its pixels comes back: no text beside them, no page behind them."""
    script = b"<script>alert(1)</script>"
    notes = PngInfo()
    notes.add_text("Comment", script.decode())
    files = classes(["a", "b"], pnginfo=notes)
    assert all(script in data for data in files.values())
    data = opened(tmp_path, {name: data + script for name, data in files.items()})
    shown = [base64.b64decode(item["image"].partition(",")[2]) for item in data.preview(6)]
    assert len(shown) == 6
    assert not [one for one in shown if b"script" in one]


def test_preview_goes_round_the_classes(tmp_path: Path) -> None:
    data = opened(tmp_path, {**classes(["a"], 30), **classes(["b", "c"], 4)})
    shown = data.preview(6)
    assert sorted(item["label"] for item in shown) == ["a", "a", "b", "b", "c", "c"]
    assert len({item["index"] for item in shown}) == 6
    assert shown == data.preview(6)
    assert shown != data.preview(6, seed=1)
    for item in shown:
        head, _, body = item["image"].partition(",")
        assert head == "data:image/png;base64"
        stored = data.split("train").field("image")[item["index"]]
        assert np.array_equal(pixels(base64.b64decode(body)), stored)
    assert len(data.preview(1000, "test")) == len(data.split("test"))
