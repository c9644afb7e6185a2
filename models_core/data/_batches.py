"""Batches of tensors, whose order is a function of seed and epoch, so that a resumed run sees the same."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ._base import Ragged, Split
from ._errors import DataError
from ._prepare import adapted
from .preprocess import ImageInput, Preprocess, TableInput, TokensInput

Batch = dict[str, Tensor]
Augment = Callable[[Tensor, torch.Generator], Tensor]
"""uint8 pictures (N C H W) and a seeded generator to pictures of the same shape, before they are normalised."""


def batches(
    split: Split,
    spec: Preprocess,
    batch_size: int,
    seed: int = 0,
    epoch: int = 0,
    *,
    shuffle: bool = True,
    start: int = 0,
    drop_last: bool | None = None,
    device: torch.device | str | None = None,
    channels_last: bool = False,
    augment: Augment | None = None,
) -> Iterator[Batch]:
    """Tensors of one epoch: each input of the design by name, and `target`.

    The order depends on seed and epoch alone; `start` skips that many steps, and what follows is what would have
    followed them. With `shuffle` an incomplete last batch is dropped unless it is the only one; without, samples come
    in their own order and all are given. `augment` gets a generator that depends on seed, epoch and step.
    Targets: int64 (N) classes, float32 (N) standardised numbers, or int64 (N L) next bytes.
    """
    feed = feed_for(split, spec)
    order = feed.order(seed, epoch, shuffle)
    n_steps = _n_steps(len(order), batch_size, shuffle, drop_last)
    target_device = torch.device(device) if device is not None else torch.device("cpu")

    def gather(step: int) -> dict[str, np.ndarray]:
        return feed.gather(order[step * batch_size : (step + 1) * batch_size])

    def finish(step: int, arrays: dict[str, np.ndarray]) -> Batch:
        generator = None
        if augment is not None:
            state = np.random.SeedSequence([seed, epoch, step]).generate_state(1, np.uint64)[0]
            generator = torch.Generator().manual_seed(int(state) >> 1)
        return feed.finish(arrays, target_device, channels_last, augment, generator)

    if not feed.slow:
        for step in range(start, n_steps):
            yield finish(step, gather(step))
        return
    # Pictures resized on the fly: the next batch is made while the network works on this one.
    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(gather, start) if start < n_steps else None
        for step in range(start, n_steps):
            assert ahead is not None
            arrays = ahead.result()
            ahead = pool.submit(gather, step + 1) if step + 1 < n_steps else None
            yield finish(step, arrays)


def steps_per_epoch(
    split: Split, spec: Preprocess, batch_size: int, *, shuffle: bool = True, drop_last: bool | None = None
) -> int:
    """How many batches one epoch has; the same for every epoch."""
    return _n_steps(len(feed_for(split, spec).order(0, 0, shuffle)), batch_size, shuffle, drop_last)


def _n_steps(n: int, batch_size: int, shuffle: bool, drop_last: bool | None) -> int:
    if batch_size < 1:
        raise DataError(f"a batch of {batch_size} samples is not possible; take at least 1")
    if drop_last is None:
        drop_last = shuffle
    return max(1, n // batch_size) if drop_last else -(-n // batch_size)


_feeds_lock = threading.Lock()


def feed_for(split: Split, spec: Preprocess) -> Feed:
    """The feed of a split for one spec, made once and kept with the split."""
    key = spec.model_dump_json(exclude={"notes"})
    with _feeds_lock:
        feeds: dict[str, Feed] = split.__dict__.setdefault("_feeds", {})
        if key not in feeds:
            feeds[key] = Feed(split, spec)
        return feeds[key]


class Feed:
    """Gathers samples of one split as one design wants them, whole batches at a time."""

    def __init__(self, split: Split, spec: Preprocess) -> None:
        self.split = split
        self.spec = spec
        self.slow = False
        self.window = 0
        self._sources: dict[str, Callable[[np.ndarray], np.ndarray]] = {}
        self._constants: dict[tuple[str, torch.device], tuple[Tensor, Tensor]] = {}
        if spec.target.kind == "bytes":
            self._language()
            return
        for name, part in spec.inputs.items():
            if isinstance(part, ImageInput):
                self._sources[name] = self._image(part)
            elif isinstance(part, TokensInput):
                self._sources[name] = self._text(part)
            else:
                self._sources[name] = self._table(part)
        self._sources["target"] = self._target()

    def order(self, seed: int, epoch: int, shuffle: bool) -> np.ndarray:
        """Numbers of the samples of an epoch in their order; for text, where each window begins."""
        if self.window:
            n_bytes = len(self.split.field("text"))
            if not shuffle:
                return np.arange((n_bytes - 1) // self.window) * self.window
            # As many windows in each epoch, but shifted, so that the network sees bytes at different places.
            n = max(1, (n_bytes - self.window) // self.window)
            rng = np.random.default_rng([seed, epoch])
            shift = int(rng.integers(0, min(self.window - 1, n_bytes - 1 - n * self.window) + 1))
            starts: np.ndarray = rng.permutation(n) * self.window + shift
            return starts
        n = len(self.split)
        return np.random.default_rng([seed, epoch]).permutation(n) if shuffle else np.arange(n)

    def gather(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        """Raw arrays of these samples: pictures still uint8 (N H W C)."""
        if self.window:
            windows = self._sources["window"](indices)
            found = dict.fromkeys(self.spec.inputs, windows[:, :-1])
            found["target"] = windows[:, 1:]
            return found
        return {name: source(indices) for name, source in self._sources.items()}

    def finish(
        self,
        arrays: dict[str, np.ndarray],
        device: torch.device,
        channels_last: bool,
        augment: Augment | None,
        generator: torch.Generator | None,
    ) -> Batch:
        """Tensors on the device, pictures augmented and normalised there."""
        batch: Batch = {}
        for name, array in arrays.items():
            tensor = torch.from_numpy(array)
            if device.type != "cpu":
                pinned = tensor.pin_memory() if device.type == "cuda" else tensor
                tensor = pinned.to(device, non_blocking=True)
            part = self.spec.inputs.get(name)
            if isinstance(part, ImageInput):
                tensor = tensor.permute(0, 3, 1, 2)
                if not channels_last:
                    tensor = tensor.contiguous()
                if augment is not None:
                    assert generator is not None
                    tensor = augment(tensor, generator)
                tensor = _normalise(tensor, *self._normal(name, part, device))
            elif tensor.dtype == torch.uint8:
                tensor = tensor.long()
            batch[name] = tensor
        return batch

    def _normal(self, name: str, part: ImageInput, device: torch.device) -> tuple[Tensor, Tensor]:
        if (name, device) not in self._constants:
            mean, scale = (torch.from_numpy(array).to(device) for array in part.constants())
            self._constants[name, device] = (mean, scale)
        return self._constants[name, device]

    def _image(self, part: ImageInput) -> Callable[[np.ndarray], np.ndarray]:
        images = adapted(self.split, part)
        if images is not None:
            return lambda indices: images[indices]
        self.slow = True
        stored = np.asarray(self.split.field("image"))
        pool = ThreadPoolExecutor(max(1, min(16, (os.cpu_count() or 1))))

        def resize(indices: np.ndarray) -> np.ndarray:
            out = np.empty((len(indices), part.height, part.width, part.channels), dtype=np.uint8)

            def work(at: int) -> None:
                out[at] = part.adapt(stored[indices[at]])

            list(pool.map(work, range(len(indices)), chunksize=16))
            return out

        return resize

    def _text(self, part: TokensInput) -> Callable[[np.ndarray], np.ndarray]:
        texts: Ragged = self.split.field("text")
        return lambda indices: texts.padded(indices, part.length)

    def _table(self, part: TableInput) -> Callable[[np.ndarray], np.ndarray]:
        rows = part.encode(np.asarray(self.split.field("features")))
        return lambda indices: rows[indices]

    def _target(self) -> Callable[[np.ndarray], np.ndarray]:
        target = self.spec.target
        if target.kind == "class":
            labels = self.split.labels
            return lambda indices: labels[indices]
        values = ((np.asarray(self.split.field("value")) - target.mean) / target.std).astype(np.float32)
        return lambda indices: values[indices]

    def _language(self) -> None:
        lengths = {part.length for part in self.spec.inputs.values() if isinstance(part, TokensInput)}
        if len(lengths) != 1 or any(not isinstance(part, TokensInput) for part in self.spec.inputs.values()):
            raise DataError("a language model reads one sequence of tokens; give the design one input of that kind")
        self.window = lengths.pop()
        text: Any = np.asarray(self.split.field("text"))
        if len(text) <= self.window:
            raise DataError(
                f"the {self.split.name} text has {len(text):,} bytes, too few for windows of {self.window:,}; "
                "take a longer text or set the design's length L lower"
            )
        steps = np.arange(self.window + 1)
        self._sources["window"] = lambda indices: text[indices[:, None] + steps]


def _normalise(pictures: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """float32 (N C H W) in the memory format it came in, by the very operations that serving repeats in numpy."""
    rows = pictures.permute(0, 2, 3, 1)
    if not rows.is_contiguous() or pictures.is_contiguous():
        return pictures.float().sub_(mean.view(1, -1, 1, 1)).mul_(scale.view(1, -1, 1, 1))
    # Taken as rows of pixels, because a loop over three channels at a time is ten times slower.
    n, height, width, channels = rows.shape
    wide = rows.reshape(n * height, width * channels).float()
    wide.sub_(mean.repeat(width)).mul_(scale.repeat(width))
    return wide.view(n, height, width, channels).permute(0, 3, 1, 2)
