"""`train` and `resume`: a run from beginning to end, in this process."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models_core.cli import BAD_INPUT, FAULT, OK, STOPPED, one_line
from models_core.data import open_dataset
from models_core.design import read as read_design
from models_core.model import BEST, DESIGN, RUN, FileFault, read_json
from models_core.training import recipe as recipes
from models_core.training.control import Control
from models_core.training.events import Emitter, Event, LineSink
from models_core.training.session import Outcome, Source, train

from ._common import BAD, dataset_of, design_of, figures_text, recipe_of, show, source_of


def run(arguments: argparse.Namespace) -> int:
    """Train, or go on with a training; 3 where it was stopped on request."""
    control = Control()
    emit = Emitter()
    if arguments.events:
        # Whoever reads the events is the supervisor; without it nobody would stop this process.
        emit.sinks.append(LineSink(sys.stdout, broken=lambda: control.abandon("nobody reads the events")))
        control.listen()
    elif not arguments.json:
        emit.sinks.append(_Teller())
    control.catch_signals()
    try:
        begin = _resume if arguments.command == "resume" else _train
        outcome = begin(arguments, emit, control)
    except Exception as error:
        bad = isinstance(error, BAD)
        if not bad:
            traceback.print_exc()
        message = one_line(error) if bad else f"a fault of Blockyard: {type(error).__name__}: {one_line(error)}"
        print(f"error: {message}", file=sys.stderr)
        remedy = getattr(error, "remedy", "")
        emit("error", message=getattr(error, "message", message), remedy=remedy or None)
        emit("end", state="failed")
        return BAD_INPUT if bad else FAULT
    if arguments.json and not arguments.events:
        show(
            {
                "state": outcome.state,
                "metrics": outcome.metrics,
                "seconds": outcome.seconds,
                "samples_per_s": outcome.samples_per_s,
                "step": outcome.step,
            }
        )
    return OK if outcome.state == "done" else STOPPED


def _train(arguments: argparse.Namespace, emit: Emitter, control: Control) -> Outcome:
    design, variables = design_of(arguments.design)
    dataset = dataset_of(arguments)
    recipe = recipe_of(arguments.recipe, dataset, arguments.set)
    resume = arguments.resume_from or (arguments.out if arguments.resume else None)
    return train(
        design,
        dataset,
        recipe,
        arguments.out,
        source=source_of(arguments),
        variables=variables,
        emit=emit,
        control=control,
        resume=resume,
        weights=_weights(arguments.weights) if arguments.weights else None,
        strict=not arguments.no_strict,
        onnx=not arguments.no_onnx,
    )


def _weights(text: str) -> Path:
    """The file of weights that was named, or the best ones of a folder."""
    return Path(text) / BEST if os.path.isdir(text) else Path(text)


def _resume(arguments: argparse.Namespace, emit: Emitter, control: Control) -> Outcome:
    folder = Path(arguments.folder)
    run = read_json(folder / RUN)
    try:
        data = run["data"]
        source = Source(data["source"], data["options"], data["name"])
        variables, recipe = run["variables"], recipes.read(run["recipe"])
    except (KeyError, TypeError) as error:
        raise FileFault(f"{folder / RUN} lacks {error}; name a folder that a training wrote") from None
    dataset = open_dataset(source.data, cache=arguments.cache, name=source.name, **source.options)
    return train(
        read_design(read_json(folder / DESIGN)),
        dataset,
        recipe,
        folder,
        source=source,
        variables=variables,
        emit=emit,
        control=control,
        resume=folder,
        onnx=not arguments.no_onnx,
    )


class _Teller:
    """Events in words, for a person at a terminal."""

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self.say = say
        self.shown = 0.0

    def __call__(self, event: Event) -> None:
        line = getattr(self, f"_{event['type']}", lambda event: None)(event)
        if line:
            self.say(line)
            sys.stdout.flush()

    def _start(self, event: Event) -> str:
        return (
            f"{event['params']:,} parameters, {event['train_size']:,} training and {event['test_size']:,} test "
            f"samples, {event['steps_per_epoch']:,} steps an epoch, {event['device']}, {event['threads']} thread(s)"
        )

    def _latency(self, event: Event) -> str:
        return f"latency {event['p50_ms']:.3g} ms at batch {event['batch']}"

    def _log(self, event: Event) -> str:
        return str(event["message"])

    def _rewind(self, event: Event) -> str:
        return f"back to step {event['step']:,}"

    def _metrics(self, event: Event) -> str | None:
        values: dict[str, Any] = event["values"]
        is_test = any(name.startswith("test/") for name in values)
        now = time.monotonic()
        if not is_test and now - self.shown < 2:
            return None
        self.shown = now
        return f"epoch {event['epoch']:>3}  step {event['step']:>6}  {figures_text(values)}"

    def _sample(self, event: Event) -> str:
        return f"it writes: {event['text']!r}"

    def _result(self, event: Event) -> str:
        return (
            f"best: {figures_text(event['metrics'])}; {event['seconds']:.1f} s, {event['samples_per_s']:,.0f} samples/s"
        )

    def _end(self, event: Event) -> str:
        return str(event["state"])
