"""From a design, a data set and a sample's number to what the sample looks like all the way through."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from models_core.analysis import Report, analyze
from models_core.compile import DesignError, build
from models_core.data import DataError, Dataset, Limits, Preprocess, Split, open_dataset, preprocess_for
from models_core.data import _images as images
from models_core.data._batches import Feed, feed_for
from models_core.data.preprocess import ImageInput, TokensInput
from models_core.design import Design
from models_core.model import read_tensors
from models_core.model.model import load_weights
from models_core.tasks import design_facts, get_task
from models_core.training import device as devices
from models_core.training import memory

from .limits import SampleLimits
from .picture import draw
from .receptive import effective_field, last_map, sides
from .trace import Trace, trace

KEPT = 4
"""Data sets, and ways of preparing one, that are kept for the next question."""
LOOKING = 6
"""Copies of one sample's largest value that its figures and its picture take."""
TOP = 5
FIELD_SIDE = 128
"""Pixels at most of the picture of a receptive field."""
Progress = Callable[[str, int, int], None]
"""What is being done, how much of it is done, and how much there is."""
T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """Which sample goes through which network.

    `weights` is a safetensors file; without one the weights are fresh, those with which a training of that `seed`
    begins.
    """

    design: Design
    data: str | Path
    index: int
    split: str = "train"
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str | None = None
    variables: Mapping[str, Any] | None = None
    weights: Path | None = None
    seed: int = 0


class Sampler:
    """Answers requests, one at a time, and keeps opened data for the next one."""

    def __init__(
        self, cache: str | Path | None = None, limits: SampleLimits | None = None, *, download: bool = True
    ) -> None:
        self.cache = cache
        self.limits = limits or SampleLimits.from_environment()
        self.download = download
        self._datasets: OrderedDict[Any, Dataset] = OrderedDict()
        self._prepared: OrderedDict[Any, Preprocess] = OrderedDict()

    def answer(self, request: Request, progress: Progress = lambda what, done, total: None) -> dict[str, Any]:
        """The trace of a sample with the sample itself, as JSON.

        Raises DesignError, DataError, FileFault (weights that do not fit) or MemoryFault.
        """
        began = time.perf_counter()
        progress("reading the data", 0, 1)
        dataset = self._dataset(request)
        report = analyze(request.design, design_facts(dataset.facts()), request.variables)
        if report.errors:
            raise DesignError(report.errors)
        split = dataset.split(request.split)
        preprocess = self._preprocess(dataset, report)
        feed = feed_for(split, preprocess)
        order = feed.order(0, 0, False)
        if not 0 <= request.index < len(order):
            raise DataError(
                f"sample {request.index:,} of the {request.split} split does not exist; ask for 0 to {len(order) - 1:,}"
            )
        chosen = others(request.index, len(order), self._affordable(report))
        batch = feed.finish(feed.gather(order[chosen]), torch.device("cpu"), False, None, None)
        module = self._module(request, report, batch, progress)
        done = self._trace(request, report, module, batch, progress)
        seconds = time.perf_counter() - began
        return {
            **done.to_json(),
            "sample": shown(split, preprocess, feed, int(order[request.index]), request.index, len(order)),
            "answer": self._says(dataset, preprocess, done),
            "field": self._field(report, module, batch),
            "samples": len(chosen),
            "weights": "trained" if request.weights else "untrained",
            "seed": None if request.weights else request.seed,
            "seconds": round(seconds, 3),
            "notes": list(dict.fromkeys([*done.notes, *preprocess.notes])),
        }

    def _module(
        self, request: Request, report: Report, batch: Mapping[str, Any], progress: Progress
    ) -> torch.fx.GraphModule:
        macs = report.total["macs"] * next(iter(batch.values())).shape[0]
        devices.set_threads(devices.fitting_threads(macs))
        progress("making the weights", 0, 1)
        torch.manual_seed(request.seed)
        module = build(report.bound)
        if request.weights is not None:
            tensors, _ = read_tensors(request.weights)
            load_weights(module, tensors, "the checkpoint")
        return module

    def _trace(
        self,
        request: Request,
        report: Report,
        module: torch.fx.GraphModule,
        batch: Mapping[str, Any],
        progress: Progress,
    ) -> Trace:
        return trace(
            report.bound,
            module,
            tuple(batch[given.name] for given in report.bound.inputs),
            self.limits,
            fresh=request.weights is None,
            progress=lambda done, total: progress("going through", done, total),
        )

    def _field(self, report: Report, module: torch.fx.GraphModule, batch: Mapping[str, Any]) -> dict[str, Any] | None:
        """What of this image the middle of the last map depends on; None without a map, or where it costs too much."""
        total, inputs = report.total, report.bound.inputs
        path = last_map(report.bound) if [given.kind for given in inputs] == ["image"] else None
        # Backwards takes twice the work of forwards, and all activations at once.
        if path is None or total["macs"] > self.limits.macs or total["activation_bytes"] > memory.limit()[0] // 4:
            return None
        try:
            field = effective_field(module, batch[inputs[0].name][:1], path)
        except ValueError:
            return None
        drawn = draw(field[None], ("C", "H", "W"), FIELD_SIDE)
        if drawn is None or not field.isfinite().all():
            return None
        height, width = field.shape
        return {"path": path, "picture": drawn.uri, "half": sides(field, (0.5,))[0], "height": height, "width": width}

    def _affordable(self, report: Report) -> int:
        """How many samples may go through together; raises MemoryFault where even one is too many."""
        looking = LOOKING * memory.largest(report)
        one, fixed = memory.forward(report) + looking, memory.forward(report, 0) + looking
        memory.keep(one, f"one sample through {report.bound.design.name}", "make the design smaller")
        fitting = (memory.limit()[0] - fixed) // max(1, one - fixed)
        return max(1, min(self.limits.samples, self.limits.macs // max(1, report.total["macs"]), fitting))

    def _says(self, dataset: Dataset, preprocess: Preprocess, done: Trace) -> dict[str, Any] | None:
        """What the network's output means, where it means anything by itself."""
        try:
            return get_task(dataset.task).answer(done.result[0][0].float().numpy(), preprocess, TOP)
        except ValueError:
            # Not finite, of another shape than the data asks for, or text that would have to be generated.
            return None

    def _dataset(self, request: Request) -> Dataset:
        key = (str(request.data), repr(sorted(request.options.items())), request.name)

        def opened() -> Dataset:
            return open_dataset(
                request.data,
                self.cache,
                request.options,
                name=request.name,
                limits=_few_pictures(),
                download=self.download,
            )

        return _kept(self._datasets, key, opened)

    def _preprocess(self, dataset: Dataset, report: Report) -> Preprocess:
        shapes = tuple((one.name, one.kind, one.spec.shape if one.spec else ()) for one in report.bound.inputs)
        return _kept(self._prepared, (dataset.version, shapes), lambda: preprocess_for(dataset, report.bound))


def _few_pictures() -> Limits:
    """The limits of data, but for pictures of another size: one look is no reason to resize a whole data set."""
    limits = Limits.from_env()
    return Limits(**{**vars(limits), "resized_bytes": 1})


def _kept(store: OrderedDict[Any, T], key: Any, make: Callable[[], T]) -> T:
    if key not in store:
        store[key] = make()
        while len(store) > KEPT:
            store.popitem(last=False)
    store.move_to_end(key)
    return store[key]


def others(index: int, size: int, n: int) -> np.ndarray:
    """The chosen sample first, then others spread evenly over the split, `n` in all where there are so many."""
    spread = np.unique(np.linspace(0, size - 1, min(n, size)).round().astype(np.int64))
    rest = spread[spread != index][: max(0, n - 1)]
    return np.concatenate([[index], rest]).astype(np.int64)


def shown(split: Split, preprocess: Preprocess, feed: Feed, at: int, index: int, size: int) -> dict[str, Any]:
    """The sample for a page: its number, picture, text or row, and what is wanted of it.

    `inputs` has what each input of the design sees of it, as a picture or as text.
    """
    if feed.window:
        text = bytes(split.field("text")[at : at + feed.window]).decode("utf-8", "replace")
        found: dict[str, Any] = {"index": index, "size": size, "text": text}
    else:
        found = {**split.sample(at), "size": size}
    inputs: dict[str, dict[str, str]] = {}
    for name, part in preprocess.inputs.items():
        if isinstance(part, ImageInput):
            inputs[name] = {"image": images.data_uri(part.adapt(np.asarray(split.field("image")[at])))}
        elif isinstance(part, TokensInput):
            inputs[name] = {"text": found["text"].encode()[: part.length].decode("utf-8", "ignore")}
    return {**found, "inputs": inputs}
