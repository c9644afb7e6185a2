"""Pictures in folders, one folder a class, packed in a zip file."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from models_core.registry import Doc, Range, register

from . import _images
from ._archive import Archive, Member
from ._base import FileDataset, Place, check_labels, save
from ._errors import DataError
from ._splits import natural_order, stratified_split
from .limits import MIB, Limits, size_text

_TRAIN = frozenset({"train", "training"})
_VALID = frozenset({"val", "valid", "validation", "dev"})
_TEST = frozenset({"test", "testing"})
_LAYOUT = "pack them as train/<class>/ and test/<class>/, or as <class>/"
_NAMED = 3  # how many broken pictures a refusal names


@dataclass(frozen=True)
class Labelled:
    """A picture in the archive, its class, and its split where the folders say so."""

    member: Member
    label: str
    split: str | None


@register("dataset", id="image_folder", family="file", title="Pictures in a zip file", tags=("file", ".zip"))
class ImageFolder(FileDataset):
    """Pictures to classify, in a zip file with one folder per class, inside train and test folders or not.

    Without a test folder, a seeded part of each class is kept for testing. Pictures are brought to one size.
    """

    reader = "image_folder"
    kind = "image_folder"
    suffixes = (".zip",)

    def __init__(
        self,
        place: Place,
        /,
        test_fraction: Annotated[float, Range(0.01, 0.9), Doc("share of each class kept for testing")] = 0.2,
        seed: Annotated[int, Range(0, 2**31), Doc("which pictures are for testing")] = 0,
        max_side: Annotated[int, Range(8, 1024), Doc("larger pictures are shrunk to this many pixels a side")] = 256,
    ) -> None:
        super().__init__(place, {"test_fraction": test_fraction, "seed": seed, "max_side": max_side})

    def _build(self, folder: Path) -> dict[str, Any]:
        limits = self.place.limits
        with Archive(self.place.file, limits) as archive:
            pictures, notes = layout(archive.members)
            classes = natural_order(sorted({picture.label for picture in pictures}))
            check_labels("the zip file", classes, limits, _LAYOUT)
            train, test = self._divide(pictures, classes, notes)
            n = len(train) + len(test)
            height, width, channels = self._measure(archive, [*train, *test], notes)
            need = n * height * width * channels
            if need > limits.prepared_bytes:
                side = int(max(height, width) * (limits.prepared_bytes / need) ** 0.5)
                raise DataError(
                    f"{n:,} pictures of {width} x {height} need {size_text(need)}, more than the limit of "
                    f"{size_text(limits.prepared_bytes)}; set max_side to {max(side, 8)} or less, or take fewer"
                )
            self.place.cache.need(need)
            number_of = {name: at for at, name in enumerate(classes)}
            done = n
            broken: list[str] = []
            for split, part in (("train", train), ("test", test)):
                labels = np.array([number_of[picture.label] for picture in part], dtype=np.int64)
                save(folder, split, "label", labels)
                shape = (len(part), height, width, channels)
                broken += self._decode(archive, part, folder / f"{split}.image.npy", shape, done, 2 * n)
                done += len(part)
            _refuse(broken, n)
        return {
            "task": "image_classification",
            "facts": {
                "image": {"channels": channels, "height": height, "width": width},
                "label": {"classes": len(classes), "names": classes},
            },
            "fields": {"image": "array", "label": "array"},
            "sizes": {"train": len(train), "test": len(test)},
            "notes": notes,
        }

    def _divide(
        self, pictures: list[Labelled], classes: list[str], notes: list[str]
    ) -> tuple[list[Labelled], list[Labelled]]:
        if pictures[0].split is not None:
            train = [picture for picture in pictures if picture.split == "train"]
            test = [picture for picture in pictures if picture.split == "test"]
            new = {picture.label for picture in test} - {picture.label for picture in train}
            if new:
                raise DataError(f"class {sorted(new)[0]!r} is in the test folder only; add training pictures of it")
        else:
            labels = np.array([classes.index(picture.label) for picture in pictures])
            first, second = stratified_split(labels, self.options["test_fraction"], self.options["seed"])
            train, test = [pictures[at] for at in first], [pictures[at] for at in second]
            notes.append(
                f"{len(test):,} of {len(pictures):,} pictures are kept for testing (seed {self.options['seed']})"
            )
        for part, name in ((train, "training"), (test, "test")):
            if not part:
                raise DataError(f"the zip file has no {name} pictures; {_LAYOUT}")
        order = {name: at for at, name in enumerate(classes)}
        for part in (train, test):
            part.sort(key=lambda picture: (order[picture.label], picture.member.path))
        return train, test

    def _measure(self, archive: Archive, pictures: list[Labelled], notes: list[str]) -> tuple[int, int, int]:
        """Height, width and channels that all pictures are brought to, from their headers."""
        sizes: Counter[tuple[int, int]] = Counter()
        grey = True
        broken: list[str] = []
        for at, picture in enumerate(pictures):
            try:
                image = _images.open_image(archive.read(picture.member), self.place.limits)
                sizes[image.height, image.width] += 1
                grey = grey and _images.is_grey(image)
            except DataError as error:
                broken.append(f"{picture.member.path} {error}")
            if at % 500 == 0:
                self.place.progress(at, 2 * len(pictures))
        _refuse(broken, len(pictures))
        (height, width), count = sizes.most_common(1)[0]
        if count * 2 < len(pictures):
            height = int(np.median(np.repeat([size[0] for size in sizes], list(sizes.values()))))
            width = int(np.median(np.repeat([size[1] for size in sizes], list(sizes.values()))))
        scale = min(1.0, self.options["max_side"] / max(height, width))
        height, width = max(1, round(height * scale)), max(1, round(width * scale))
        others = sum(n for size, n in sizes.items() if size != (height, width))
        if others:
            what = "all pictures" if others == len(pictures) else f"{others:,} of {len(pictures):,} pictures"
            notes.append(f"{what} are scaled to {width} x {height} pixels, what stands over is cut off evenly")
        return height, width, 1 if grey else 3

    def _decode(
        self, archive: Archive, pictures: list[Labelled], path: Path, shape: tuple[int, ...], done: int, total: int
    ) -> list[str]:
        """Decode the pictures into an array on disk; what is wrong with those that cannot be."""
        out = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape)
        height, width, channels = shape[1:]
        limits = self.place.limits
        broken: list[str] = []

        def work(start: int, chunk: list[bytes]) -> tuple[int, list[str]]:
            faults = []
            for at, data in enumerate(chunk, start):
                try:
                    out[at] = _images.decode(data, height, width, channels, limits)
                except DataError as error:
                    faults.append(f"{pictures[at].member.path} {error}")
            return len(chunk), faults

        # Pillow lets go of the interpreter while it decodes, so threads pay for large pictures.
        threads = min(4, os.cpu_count() or 1)
        running: deque[Future[tuple[int, list[str]]]] = deque()
        with ThreadPoolExecutor(threads) as pool:
            for start, chunk in _chunks(archive, pictures, limits):
                running.append(pool.submit(work, start, chunk))
                while len(running) > 2 * threads:
                    n, faults = running.popleft().result()
                    done += n
                    broken += faults
                    self.place.progress(done, total)
            while running:
                n, faults = running.popleft().result()
                done += n
                broken += faults
                self.place.progress(done, total)
        out.flush()
        return broken


def layout(members: list[Member]) -> tuple[list[Labelled], list[str]]:
    """The pictures with class and split, read off their folders, and notes on the rest; raises DataError."""
    images = [member for member in members if member.suffix in _images.SUFFIXES]
    notes: list[str] = []
    passed = [member.path for member in members if member.suffix not in _images.SUFFIXES]
    if not images:
        if "[Content_Types].xml" in passed:
            raise DataError("the file is an Office document, not pictures in a zip file; save a table as CSV")
        have = f"; it has {passed[0]!r}" if passed else ""
        raise DataError(f"the zip file contains no pictures{have}; {_LAYOUT}")
    if passed:
        notes.append(f"{len(passed):,} files that are no pictures are passed over, such as {passed[0]}")
    paths = [member.parts for member in images]
    known = _TRAIN | _VALID | _TEST
    skip = 0
    if len({path[0] for path in paths}) == 1 and len(paths[0]) > 1 and paths[0][0].lower() not in known:
        skip = 1  # everything lies in one folder around it all
    rest = [path[skip:] for path in paths]
    loose = next((member.path for member, path in zip(images, rest, strict=True) if len(path) < 2), None)
    if loose is not None and skip and all(len(path) < 2 for path in rest):
        raise DataError(f"the zip file has only one folder, {paths[0][0]!r}, so only one class; {_LAYOUT}")
    tops = {path[0].lower() for path in rest if len(path) > 1}
    with_splits = tops <= known and bool(tops & _TRAIN)
    depth = 3 if with_splits else 2
    loose = next((member.path for member, path in zip(images, rest, strict=True) if len(path) < depth), None)
    if loose is not None:
        raise DataError(f"the picture {loose!r} lies in no class folder; {_LAYOUT}")
    if not with_splits:
        return [Labelled(member, path[0], None) for member, path in zip(images, rest, strict=True)], notes
    has_test = bool(tops & _TEST)
    if not has_test and not tops & _VALID:
        return [Labelled(member, path[1], None) for member, path in zip(images, rest, strict=True)], notes
    for_test = _TEST if has_test else _VALID
    if has_test and tops & _VALID:
        notes.append("the validation folder is joined to the training folder")
    elif not has_test:
        notes.append("the validation folder is taken for testing")
    return [
        Labelled(member, path[1], "test" if path[0].lower() in for_test else "train")
        for member, path in zip(images, rest, strict=True)
    ], notes


def _chunks(archive: Archive, pictures: list[Labelled], limits: Limits) -> Iterator[tuple[int, list[bytes]]]:
    """Pictures' bytes in lots of at most 256, or some 16 MiB, with the number of the first."""
    start, chunk, size = 0, [], 0
    for at, picture in enumerate(pictures):
        data = archive.read(picture.member)
        chunk.append(data)
        size += len(data)
        if len(chunk) == 256 or size > 16 * MIB:
            yield start, chunk
            start, chunk, size = at + 1, [], 0
    if chunk:
        yield start, chunk


def _refuse(broken: list[str], n: int) -> None:
    if broken:
        named = "; ".join(broken[:_NAMED]) + ("; ..." if len(broken) > _NAMED else "")
        raise DataError(f"{len(broken):,} of {n:,} pictures cannot be read ({named}); replace them or leave them out")
