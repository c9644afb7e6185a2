"""From a data set and a design's inputs to the Preprocess that joins them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ._base import Dataset, Split
from ._cache import digest
from ._errors import DataError
from .preprocess import AnyInput, ImageInput, Preprocess, TableColumn, TableInput, Target, TokensInput

_STAT_BYTES = 2**26
_LOT = 64


def input_shapes(inputs: Any) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Kind and shape (batch left out) by name, from a bound design, its inputs, or a mapping of `kind` and `shape`."""
    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    given: Any = getattr(inputs, "inputs", inputs)
    items: Iterable[tuple[str, Any]]
    items = given.items() if isinstance(given, Mapping) else [(item.name, item) for item in given]
    for name, item in items:
        if isinstance(item, Mapping):
            kind, shape = item["kind"], item["shape"]
        elif isinstance(item, tuple):
            kind, shape = item
        else:
            spec = getattr(item, "spec", item)
            if spec is None:
                raise DataError(f"the size of input {name} is not known; correct the design's errors first")
            kind, shape = item.kind, spec.shape
        found[name] = (kind, tuple(int(size) for size in shape))
    return found


def preprocess_for(dataset: Dataset, inputs: Any) -> Preprocess:
    """How samples of `dataset` become a design's inputs.

    `inputs` is a bound design, or by input name its `kind` and `shape` without the batch. Raises DataError where the
    data has nothing for an input.
    """
    shapes = input_shapes(inputs)
    parts: dict[str, AnyInput] = {}
    facts = dataset.facts()
    for name, (kind, shape) in shapes.items():
        if name == "target":
            raise DataError("an input is called target, which is the name of what is predicted; rename the input")
        if kind == "image":
            parts[name] = _image(dataset, facts, name, shape)
        elif kind == "tokens":
            _need(dataset, facts, "text", name)
            if len(shape) != 1 or shape[0] < 1:
                raise DataError(f"input {name} has the shape {shape}; tokens have one dim, their length")
            parts[name] = TokensInput(length=shape[0])
        elif kind == "table":
            parts[name] = _table(dataset, facts, name, shape)
        else:
            raise DataError(f"input {name} is of kind {kind}, for which there is no data; use image, tokens or table")
    if not parts:
        raise DataError("the design has no input; add one")
    return Preprocess(inputs=parts, target=target_of(dataset), notes=notes_for(facts, shapes))


def target_of(dataset: Dataset) -> Target:
    """What the data set has to predict."""
    fields = dataset.meta["fields"]
    if "label" in fields:
        return Target(kind="class", names=dataset.class_names)
    if "value" in fields:
        value = dataset.facts()["value"]
        return Target(kind="number", name=value["name"], mean=value["mean"], std=value["std"])
    return Target(kind="bytes")


def notes_for(facts: Mapping[str, Any], inputs: Any) -> list[str]:
    """What is done to samples to fit a design's inputs, in words; from a data set's facts alone."""
    notes: list[str] = []
    for kind, shape in input_shapes(inputs).values():
        if kind == "image" and "image" in facts and len(shape) == 3:
            image = facts["image"]
            have, want = (image["height"], image["width"]), (shape[1], shape[2])
            if have != want:
                notes.append(f"samples are resized from {have[0]}×{have[1]} to {want[0]}×{want[1]}")
            if have[0] * want[1] != have[1] * want[0]:
                notes.append("what stands over after scaling is cut off evenly")
            if image["channels"] != shape[0]:
                notes.append("samples are made grey" if shape[0] == 1 else f"samples are given {shape[0]} channels")
        elif kind == "tokens" and "longest" in facts.get("text", {}):
            longest = facts["text"]["longest"]
            if longest > shape[0]:
                notes.append(f"texts are cut to {shape[0]:,} bytes; the longest has {longest:,}")
    return list(dict.fromkeys(notes))


def adapted(split: Split, part: ImageInput) -> np.ndarray | None:
    """All pictures of a split at the input's size, uint8 (N H W C); None where that would take too much disk."""
    images: np.ndarray = np.asarray(split.field("image"))
    if part.as_stored:
        return images
    dataset, cache = split.dataset, split.dataset.place.cache
    shape = (len(images), part.height, part.width, part.channels)
    if int(np.prod(shape)) > dataset.place.limits.resized_bytes:
        return None

    def build(folder: Path) -> dict[str, Any]:
        cache.need(int(np.prod(shape)))
        out = np.lib.format.open_memmap(folder / "image.npy", mode="w+", dtype=np.uint8, shape=shape)
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            lots = [range(start, min(start + _LOT, len(images))) for start in range(0, len(images), _LOT)]

            def work(lot: range) -> None:
                for at in lot:
                    out[at] = part.adapt(images[at])

            list(pool.map(work, lots))
        out.flush()
        return {"shape": list(shape)}

    key = f"{dataset.content[:16]}-{digest([dataset.version, split.name, 'resized', 1, shape[1:]])[:16]}"
    folder, _ = cache.entry(key, build)
    return np.asarray(np.load(folder / "image.npy", mmap_mode="r", allow_pickle=False))


def _image(dataset: Dataset, facts: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> ImageInput:
    image = _need(dataset, facts, "image", name)
    if len(shape) != 3:
        raise DataError(f"input {name} has the shape {shape}; a picture has channels, height and width")
    channels, height, width = shape
    if channels not in (1, 3):
        raise DataError(
            f"input {name} wants {channels} channels, but pictures have 1 (grey) or 3 (colour); set C to one of these"
        )
    stored = (image["height"], image["width"], image["channels"])
    plain = ImageInput(
        channels=channels, height=height, width=width, stored=stored, mean=[0.0] * channels, std=[1.0] * channels
    )
    mean, std = _statistics(dataset.split("train"), plain)
    return plain.model_copy(update={"mean": mean, "std": std})


def _statistics(split: Split, part: ImageInput) -> tuple[list[float], list[float]]:
    """Mean and deviation per channel of pictures spread evenly over the training set, white being 1.

    Counted in whole numbers, so that they are the same wherever they are computed.
    """
    images = adapted(split, part)
    stored = split.field("image")
    n = min(max(_STAT_BYTES // (part.channels * part.height * part.width), 1000), len(split))
    counts = np.zeros((part.channels, 256), dtype=np.int64)
    chosen = np.unique(np.linspace(0, len(split) - 1, n).round().astype(np.int64))
    for start in range(0, len(chosen), 1024):
        lot = chosen[start : start + 1024]
        pixels = images[lot] if images is not None else np.stack([part.adapt(np.asarray(stored[at])) for at in lot])
        for channel in range(part.channels):
            counts[channel] += np.bincount(pixels[..., channel].ravel(), minlength=256)
    levels = np.arange(256)
    means, deviations = [], []
    for row in counts:
        mean = float((row * levels).sum() / row.sum())
        variance = float((row * (levels - mean) ** 2).sum() / row.sum())
        means.append(round(mean / 255, 6))
        # A channel that never changes stays 0 after its mean is taken away, whatever it is divided by.
        deviations.append(round(variance**0.5 / 255, 6) or 1.0)
    return means, deviations


def _table(dataset: Dataset, facts: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> TableInput:
    width = _need(dataset, facts, "features", name)["columns"]
    if shape != (width,):
        raise DataError(
            f"input {name} wants {shape[0] if shape else 0} numbers, but the table has {width}; "
            "set its size F to =facts.features.columns"
        )
    return TableInput(columns=[TableColumn.model_validate(spec) for spec in dataset.meta["inputs"]])


def _need(dataset: Dataset, facts: Mapping[str, Any], field: str, name: str) -> dict[str, Any]:
    if field not in facts:
        has = " and ".join(key for key in facts if key in ("image", "text", "features"))
        what = {"image": "pictures", "text": "text", "features": "a table"}
        raise DataError(
            f"input {name} of the design wants {what[field]}, but {dataset.name} has {what.get(has, has)}; "
            "choose another data set or design"
        )
    found: dict[str, Any] = facts[field]
    return found
