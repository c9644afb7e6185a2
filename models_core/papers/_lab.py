"""Where a check measures: its data, its seeds, and training by the project's own loop."""

from __future__ import annotations

import json
import math
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import fx

from models_core.data import DataError, Dataset, open_dataset
from models_core.design import Design
from models_core.model import Model
from models_core.training.presets import fitted
from models_core.training.recipe import read as read_recipe
from models_core.training.session import Source, train

from ._outcome import Outcome
from ._variants import names_text


class NoData(DataError):
    """A check needs data that is neither built in nor was given."""


def silent(text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Trained:
    """What a training in a check came to."""

    metrics: dict[str, Any]
    """Of the test data: `accuracy`, `loss`, or what the task names."""
    seconds: float
    samples_per_s: float
    step: int
    module: fx.GraphModule
    """With its last weights, in evaluation mode."""


@dataclass
class Lab:
    """What a check that measures is given; `data` maps names of data sets that are not built in to files."""

    data: Mapping[str, str] = field(default_factory=dict)
    seeds: tuple[int, ...] = (0, 1, 2)
    threads: int | None = None
    tell: Callable[[str], None] = silent
    cache: str | None = None
    seeds_used: set[int] = field(default_factory=set)
    trained: dict[str, Trained] = field(default_factory=dict)
    """What was trained already, so that checks which compare with the same network do not train it again."""

    def dataset(self, name: str) -> Dataset:
        """A data set by its name; raises NoData where it is neither built in nor given."""
        if Path(name).is_file():
            return open_dataset(name, cache=self.cache)
        if name in self.data:
            return open_dataset(self.data[name], cache=self.cache)
        try:
            return open_dataset(name, cache=self.cache, download=False)
        except ValueError as error:
            raise NoData(f"the check needs {name}: {error}; give its file with --data {name}=PATH") from None

    def text(self, characters: int = 60_000) -> str:
        """The path of a written text in which names come back, so that looking back pays; always the same text."""
        folder = self.cache or tempfile.gettempdir()
        path = Path(folder) / f"blockyard_names_{characters}.txt"
        words = names_text(characters)
        if not path.is_file() or path.read_text() != words:
            path.write_text(words)
        return str(path)

    def train(
        self, design: Design, data: str, *, seed: int = 0, variables: Mapping[str, Any] | None = None, **recipe: Any
    ) -> Trained:
        """Train a design on a data set by the quick recipe, with changes; the same seed gives the same result."""
        self.seeds_used.add(seed)
        asked = json.dumps([design.to_json(), data, seed, variables or {}, recipe], sort_keys=True)
        if asked not in self.trained:
            self.trained[asked] = self._train(design, data, seed, variables, recipe)
        return self.trained[asked]

    def _train(
        self, design: Design, data: str, seed: int, variables: Mapping[str, Any] | None, recipe: Mapping[str, Any]
    ) -> Trained:
        dataset = self.dataset(data)
        values = {**fitted("quick", dataset.task, dataset.facts()).to_json(), **recipe, "seed": seed}
        values.setdefault("watch_seconds", None)
        if self.threads:
            values["threads"] = self.threads
        with tempfile.TemporaryDirectory() as folder:
            source = Source(self.data.get(data, data))
            agreed = read_recipe(values)
            outcome = train(design, dataset, agreed, folder, source=source, variables=variables, onnx=False)
            module = Model.read(Path(folder), "last").module
        figures = {name: value for name, value in outcome.metrics.items() if isinstance(value, int | float)}
        told = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
        self.tell(f"{design.name}, seed {seed}: {told} ({outcome.seconds:.0f} s)")
        return Trained(outcome.metrics, outcome.seconds, outcome.samples_per_s, outcome.step, module)


Contestant = Design | tuple[Design, Mapping[str, Any]]
"""A design, perhaps with values of its variables."""


def compared(
    lab: Lab,
    contestants: Mapping[str, Contestant],
    data: str,
    metric: str = "accuracy",
    *,
    margin: float = 0.0,
    lower: bool = False,
    **recipe: Any,
) -> Outcome:
    """Is the first contestant no worse than each other, all trained alike with every seed of the lab?

    Confirmed where its mean is at most `margin` worse than each other's; where it is worse by more, not confirmed if
    that exceeds two standard errors of the difference, else inconclusive. `lower` says that less is better.
    """
    found: dict[str, list[float]] = {}
    for name, contestant in contestants.items():
        design, variables = contestant if isinstance(contestant, tuple) else (contestant, {})
        runs = [lab.train(design, data, seed=seed, variables=variables, **recipe) for seed in lab.seeds]
        found[name] = [float(run.metrics[metric]) for run in runs]
        lab.tell(f"{name}: {metric} {_shown(found[name])}")
    return no_worse(found, f"{metric} on {Path(data).stem}", margin=margin, lower=lower)


def no_worse(found: Mapping[str, Sequence[float]], what: str, *, margin: float = 0.0, lower: bool = False) -> Outcome:
    """Is the first mean over seeds no worse than each other? By the rule of `compared`; `what` was measured."""
    first, *others = found
    confirmed: bool | None = True
    for other in others:
        worse = (statistics.fmean(found[first]) - statistics.fmean(found[other])) * (1 if lower else -1)
        if worse > margin:
            error = math.hypot(spread(found[first]), spread(found[other])) / math.sqrt(len(found[first]))
            confirmed = False if worse - margin > 2 * error or confirmed is False else None
    figure = ", ".join(f"{name} {_shown(values)}" for name, values in found.items())
    return Outcome(
        confirmed, f"{what}, {len(found[first])} seeds: {figure}", {"metric": what.partition(" ")[0], **found}
    )


PASSES: dict[str, Any] = {
    "epochs": 20,
    "eval_every_epochs": 20,
    "batch_size": 16,
    "optimizer": {"id": "adamw", "lr": 5e-3},
}
"""The recipe of language models in checks."""


def compared_on_text(lab: Lab, contestants: Mapping[str, Contestant], *, margin: float = 0.0) -> Outcome:
    """`compared` for byte language models, in bits per byte after twenty passes over a short written text.

    With fewer passes all stay near the entropy of single letters, and nothing shows.
    """
    return compared(lab, contestants, lab.text(30_000), "bits_per_byte", lower=True, margin=margin, **PASSES)


def spread(values: Sequence[float]) -> float:
    """Standard deviation over seeds; none for a single one."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


def _shown(values: Sequence[float]) -> str:
    return f"{statistics.fmean(values):.4f} ± {spread(values):.4f}"
