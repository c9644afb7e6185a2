"""Everything that training needs, made from a design, a data set and a recipe."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn

from models_core import registry
from models_core.analysis import Report, analyze
from models_core.compile import Bound, build, uncollected
from models_core.data import Dataset, Preprocess, batches, preprocess_for, steps_per_epoch
from models_core.design import Design, DesignError
from models_core.methods import Context, Method, Taken
from models_core.model.fit import begin
from models_core.tasks import Task, get_task

from . import device as devices
from .callbacks import Callback
from .faults import TrainingFault
from .memory import Need, check
from .recipe import Fault, Recipe, RecipeError
from .reversible import NotReversible, Reversible
from .update import Update

Augment = Callable[[Tensor, torch.Generator], Tensor]


@dataclass(frozen=True)
class Plan:
    """What is known before anything is allocated."""

    design: Design
    dataset: Dataset
    recipe: Recipe
    report: Report
    task: Task
    preprocess: Preprocess
    device: torch.device
    need: Need
    notes: list[str]

    @property
    def bound(self) -> Bound:
        return self.report.bound


def plan(
    design: Design,
    dataset: Dataset,
    recipe: Recipe,
    variables: Mapping[str, Any] | None = None,
) -> Plan:
    """Bind a design to a data set and check that the two, the recipe and the machine go together.

    Raises DesignError, DataError, RecipeError, DeviceError or MemoryFault; nothing of the network's size is allocated.
    """
    device = devices.choose(recipe.device)
    task = get_task(dataset.task)
    binding = task.bind(dataset)
    report = analyze(design, binding.facts, variables, batch=recipe.batch_size)
    if report.errors:
        raise DesignError(report.errors)
    bound = report.bound
    preprocess = preprocess_for(dataset, bound)
    inputs = {given.name: given.spec.shape for given in bound.inputs if given.spec}
    output = next(iter(bound.outputs.values()), None)
    if output is None:
        raise TrainingFault(f"{design.name} has no output", "add one and connect it")
    if output.spec is not None:
        fault = task.output_fault(output.spec.shape, bound.facts, inputs)
        if fault:
            raise TrainingFault(fault)
    pictures = [name for name, part in preprocess.inputs.items() if part.kind == "image"]
    if recipe.augmentations and not pictures:
        names = " and ".join(part["id"] for part in recipe.augmentations)
        text = f"{names} change pictures, which {dataset.name} does not have"
        raise RecipeError([Fault("augmentations", text, "leave augmentations empty")])
    for callback in callbacks(recipe):
        try:
            callback.check(bound)
        except ValueError as error:
            raise RecipeError([Fault("callbacks", str(error), "")]) from None
    try:
        need = check(report, recipe, device)
    except NotReversible as error:
        raise RecipeError([Fault("reversible", str(error), "")]) from None
    notes = list(dict.fromkeys([*preprocess.notes, *report.notes]))
    if recipe.batch_size > len(dataset.split("train")):
        notes.append(f"a batch holds all {len(dataset.split('train')):,} training samples")
    return Plan(design, dataset, recipe, report, task, preprocess, device, need, notes)


class Setup:
    """The network and all that trains it, on the device, ready for step 0."""

    def __init__(
        self, plan: Plan, notes: list[str] | None = None, *, weights: Path | None = None, strict: bool = True
    ) -> None:
        self.plan = plan
        self.notes = list(plan.notes) if notes is None else notes
        recipe, bound, device = plan.recipe, plan.bound, plan.device
        self.device = device
        self.bound = bound
        torch.manual_seed(recipe.seed)
        collected = {name: Taken(one.role, one.weight) for name, one in bound.collected.items()}
        # What goes through branches again on the way back must be as it was.
        in_place = not recipe.reversible
        self.trained: fx.GraphModule = build(bound, collect=bool(collected), in_place=in_place)
        if weights is not None:
            begun = begin(uncollected(self.trained, bound), weights, strict=strict)
            self.notes.append(begun.told(weights.name))
        self.trained.to(device)
        self.channels_last = recipe.channels_last and any(given.kind == "image" for given in bound.inputs)
        if self.channels_last:
            self.trained.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in torch's stubs
        # What is evaluated, kept as the result and exported: without what training collects.
        self.module: fx.GraphModule = uncollected(self.trained, bound) if collected else self.trained
        self.inputs = tuple(given.name for given in bound.inputs)
        self.objective = plan.task.objective(label_smoothing=recipe.label_smoothing)
        self.update = Update(self.trained, recipe, device)
        if self.update.optimizer is None:
            raise TrainingFault(f"{plan.design.name} has no weights that could be trained", "add a layer with weights")
        self.runner: nn.Module = Reversible(self.trained) if recipe.reversible else self.trained
        self.train = plan.dataset.split("train")
        self.test = plan.dataset.split("test")
        self.augment = augmentation(recipe)
        self.steps_per_epoch = steps_per_epoch(self.train, plan.preprocess, recipe.batch_size)
        if recipe.compile:
            self._compile()
        figures = partial(plan.task.step_metrics, of=plan.preprocess.target)
        context = Context(
            self.runner, self.inputs, self.objective, figures, self.update, self.update.autocast, collected
        )
        self.method: Method = registry.get("method", recipe.method).obj(context)

    def batches(self, epoch: int, start: int = 0) -> Iterator[dict[str, Tensor]]:
        """Training batches of an epoch from step `start` on; a function of seed, epoch and step."""
        return batches(
            self.train,
            self.plan.preprocess,
            self.plan.recipe.batch_size,
            self.plan.recipe.seed,
            epoch,
            start=start,
            device=self.device,
            channels_last=self.channels_last,
            augment=self.augment,
        )

    def _compile(self) -> None:
        """Translate the network; where that fails on this machine, say so and go on without."""
        with devices.untouched_rng(self.device):
            trial = torch.compile(copy.deepcopy(self.trained))
            batch = next(self.batches(0))
            try:
                with self.update.autocast():
                    output = trial(*(batch[name] for name in self.inputs))
                    output = output[0] if self.trained is not self.module else output
                    self.objective(output, batch["target"]).backward()
            except Exception as error:
                self.notes.append(f"torch.compile does not work here, going on without: {str(error).splitlines()[0]}")
                return
        self.runner = torch.compile(self.trained)  # type: ignore[assignment]  # what it returns is called like a module


def callbacks(recipe: Recipe) -> list[Callback]:
    """The recipe's callbacks, fresh."""
    made = []
    for part in recipe.callbacks:
        entry, params = recipe.part("callbacks", part)
        made.append(entry.obj(**params))
    return made


def augmentation(recipe: Recipe) -> Augment | None:
    """The recipe's augmentations as one, in their order; None where there are none."""
    steps: list[Augment] = []
    for part in recipe.augmentations:
        entry, params = recipe.part("augmentations", part)
        steps.append(entry.obj(**params))
    if not steps:
        return None

    def all_of(x: Tensor, generator: torch.Generator) -> Tensor:
        for step in steps:
            x = step(x, generator)
        return x

    return all_of


@contextlib.contextmanager
def evaluating(setup: Setup) -> Iterator[None]:
    """The network has the weights it is judged by, in evaluation mode, while this lasts."""
    average = setup.update.average
    with average.applied() if average is not None else contextlib.nullcontext():
        setup.module.eval()
        try:
            yield
        finally:
            setup.module.train()
