"""What commands share: reading designs, data and recipes from what was typed, and printing."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models_core import registry
from models_core.compile import Bound
from models_core.data import DataError, Dataset, open_dataset
from models_core.design import Design, DesignError, read
from models_core.model import FileFault
from models_core.registry import BadParams, UnknownEntry
from models_core.training import device as devices
from models_core.training.device import DeviceError
from models_core.training.faults import TrainingFault
from models_core.training.memory import MemoryFault
from models_core.training.recipe import Recipe, RecipeError
from models_core.training.session import Source
from models_core.transforms import CannotTransform


class CommandError(ValueError):
    """What was typed cannot be used; the message is one line for a person."""


BAD = (
    BadParams,
    CannotTransform,
    CommandError,
    DataError,
    DesignError,
    DeviceError,
    FileFault,
    MemoryFault,
    RecipeError,
    TrainingFault,
    UnknownEntry,
)
"""Errors that are the input's, not ours."""


def design_of(text: str) -> tuple[Design, dict[str, Any]]:
    """The design that was named and the variables set with it."""
    name, variables = split_variables(text)
    if os.path.isfile(name):
        try:
            document = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{name} cannot be read: {error}") from None
        try:
            return read(document), variables
        except DesignError as error:
            raise CommandError(f"{name}: {error}") from None
    if os.path.isdir(name):
        if os.path.isfile(os.path.join(name, "design.json")):
            return design_of(os.path.join(name, "design.json"))
        raise CommandError(f"{name} is a folder without design.json; name a design's file or one of the zoo")
    if name.endswith(".json") or os.sep in name:
        raise CommandError(f"there is no file {name}; check the path")
    entry = registry.find("design", name)
    if entry is None:
        known = [item.id for item in registry.all("design")]
        near = difflib.get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"the zoo has {', '.join(known)}"
        raise CommandError(f"there is no design {name!r}, neither a file nor one of the zoo; {hint}")
    made = {param.name: variables.pop(param.name) for param in entry.params if param.name in variables}
    design: Design = entry.obj(**entry.check(made))
    return design, variables


def split_variables(text: str) -> tuple[str, dict[str, Any]]:
    """`vit:depth=6,width=192` as the name and the variables' values: JSON where it is JSON, else text."""
    name, colon, rest = text.rpartition(":")
    if not colon or os.path.exists(text):
        return text, {}
    variables: dict[str, Any] = {}
    for part in _split(rest):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise CommandError(f"{text!r}: {part!r} sets no variable; write name:variable=value,variable=value")
        variables[key.strip()] = literal(value)
    return name, variables


def _split(text: str) -> list[str]:
    """At commas that are not inside brackets."""
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in "[{(") - (character in "]})")
        if character == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def literal(text: str) -> Any:
    """A value as it is typed: JSON where it is JSON, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return {"True": True, "False": False, "None": None}.get(text.strip(), text.strip())


def object_of(text: str, what: str) -> dict[str, Any]:
    """A JSON object that was typed."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CommandError(f"{what} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise CommandError(f'{what} must be a JSON object such as {{"label": "class"}}')
    return value


def dataset_of(arguments: argparse.Namespace) -> Dataset:
    """The data set named by --data, read with --data-options."""
    options = object_of(arguments.data_options, "--data-options")
    reserved = sorted(set(options) & {"cache", "progress", "limits", "download", "name_or_path"})
    if reserved:
        raise CommandError(f"--data-options: {reserved[0]} is no option of a reader")
    return open_dataset(arguments.data, cache=arguments.cache, **options)


def source_of(arguments: argparse.Namespace) -> Source:
    """How --data is opened again, from whatever folder."""
    data = os.path.abspath(arguments.data) if os.path.isfile(arguments.data) else arguments.data
    return Source(data, object_of(arguments.data_options, "--data-options"))


def facts_of(arguments: argparse.Namespace) -> dict[str, Any] | None:
    """The facts of --data that a design may use, or None where no data is named."""
    if arguments.data is None:
        return None
    from models_core.tasks import get_task

    dataset = dataset_of(arguments)
    return dict(get_task(dataset.task).bind(dataset).facts)


def recipe_of(text: str | None, dataset: Dataset | None, sets: Sequence[str] = ()) -> Recipe:
    """The recipe in a file, or a preset (`quick` unless named) fitted to the data; with fields set by `FIELD=VALUE`."""
    from models_core.training import presets
    from models_core.training import recipe as recipes

    if text is not None and (os.path.isfile(text) or text.endswith(".json") or os.sep in text):
        try:
            recipe = recipes.read(Path(text).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CommandError(f"there is no file {text}; check the path") from None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{text} cannot be read: {error}") from None
    elif dataset is None:
        recipe = presets.get(text or "quick").recipe()
    else:
        recipe = presets.fitted(text or "quick", dataset.task, dataset.facts())
    if not sets:
        return recipe
    document = recipe.to_json()
    for item in sets:
        path, equals, value = item.partition("=")
        if not equals:
            raise CommandError(f"--set {item}: write FIELD=VALUE, such as --set epochs=3 or --set optimizer.lr=0.01")
        at: Any = document
        *parents, last = path.strip().split(".")
        for parent in parents:
            at = at.get(parent) if isinstance(at, dict) else None
        if not isinstance(at, dict):
            raise CommandError(f"--set {item}: a recipe has no {path}")
        if last == "id":
            # Another optimizer or schedule does not know the settings of the one before.
            at.clear()
        at[last] = literal(value)
    return recipes.read(document)


def use_threads(bound: Bound, batch: int, threads: int | None = None) -> int:
    """Use that many CPU threads, or as many as a forward of `batch` samples can use; how many there are now."""
    macs = batch * sum(leaf.figures.macs for leaf in bound.leaves if leaf.figures)
    devices.keep_freed_memory()
    return devices.set_threads(threads or devices.fitting_threads(macs))


def show(value: Any) -> None:
    """One JSON document on stdout; NaN and infinity become null."""
    from models_core.training.events import clean

    json.dump(clean(value), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


def table(rows: Iterable[Sequence[Any]], heads: Sequence[str], right: Iterable[int] = ()) -> None:
    """Rows under heads in aligned columns; columns numbered in `right` are aligned on the right."""
    cells = [list(heads), *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    flush = set(right)
    for row in cells:
        line = [
            cell.rjust(width) if column in flush else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(line).rstrip())


def figures_text(figures: Mapping[str, Any]) -> str:
    """Plain numbers of a mapping on one line."""
    return ", ".join(
        f"{name} {value:.4g}" for name, value in figures.items() if isinstance(value, int | float) and name != "n"
    )
