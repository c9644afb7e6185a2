"""`import SOURCE`: an ONNX file or a torch module as a design with its weights."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from models_core.compile import bind
from models_core.data import preprocess_for
from models_core.importing import CannotImport, Imported, import_module, import_onnx
from models_core.model import BEST
from models_core.tasks import get_task
from models_core.training.events import clean

from ._common import CommandError, dataset_of, source_of


def run(arguments: argparse.Namespace) -> int:
    """Draw the design, write it alone or with its weights, and list what no block stands for."""
    imported = _imported(arguments)
    if arguments.data:
        imported = replace(imported, run={**imported.run, **_prepared(imported, arguments)})
    if arguments.out:
        _write(imported, Path(arguments.out))
    if arguments.json:
        # On one line: a design of thousands of nodes would be tens of thousands of them.
        print(json.dumps(clean(imported.to_json()), ensure_ascii=False))
    else:
        _tell(imported, arguments)
    return 0


def _imported(arguments: argparse.Namespace) -> Imported:
    source = arguments.source
    try:
        if not os.path.exists(source) and ":" in source:
            return import_module(*_made(source), name=arguments.name or source.rpartition(":")[2])
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise CommandError(f"{source} cannot be read: {error.strerror}") from None
        if source.endswith(".py"):
            raise CommandError(
                f"{source} has many things in it; name the function that makes the module: {source}:make"
            )
        return import_onnx(data, arguments.name or Path(source).stem, redraw=arguments.redraw)
    except CannotImport as error:
        raise CommandError(f"{arguments.name or source}: {error}") from None


def _made(source: str) -> tuple[Any, Any]:
    """The module and the example inputs that a function of the user's gives: `net.py:make`, `package.net:make`."""
    from torch import Tensor, nn

    place, _, name = source.rpartition(":")
    sys.path.insert(0, os.getcwd())
    try:
        if place.endswith(".py"):
            spec = importlib.util.spec_from_file_location(Path(place).stem, place)
            assert spec is not None
            assert spec.loader is not None
            code = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(code)
        else:
            code = importlib.import_module(place)
        given = getattr(code, name)()
    except Exception as error:  # the user's own code may raise anything
        raise CommandError(f"{source}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.pop(0)
    module, inputs = given if isinstance(given, tuple) and len(given) == 2 else (given, None)
    if isinstance(inputs, Tensor):
        inputs = (inputs,)
    if not isinstance(module, nn.Module) or not isinstance(inputs, tuple | list):
        raise CommandError(f"{source} gives no pair of a torch module and a tuple of example inputs; let it return one")
    return module, inputs


def _prepared(imported: Imported, arguments: argparse.Namespace) -> dict[str, Any]:
    """The task of --data and how its samples become the design's inputs, as a run document has them."""
    dataset = dataset_of(arguments)
    task = get_task(dataset.task)
    bound = bind(imported.design, task.bind(dataset).facts)
    preprocess = preprocess_for(dataset, bound)
    inputs = {given.name: given.spec.shape for given in bound.inputs if given.spec}
    output = next(iter(bound.outputs.values()), None)
    fault = task.output_fault(output.spec.shape, bound.facts, inputs) if output and output.spec else None
    if fault:
        raise CommandError(fault)
    about = {"title": dataset.name, "kind": dataset.kind, "version": dataset.version}
    data = {**source_of(arguments).to_json(), **about}
    return {"task": task.id, "data": data, "preprocess": preprocess.model_dump(mode="json")}


def _write(imported: Imported, out: Path) -> None:
    """The design alone into a JSON file, or a folder as a training leaves it."""
    try:
        if out.suffix == ".json":
            out.write_text(json.dumps(imported.design.to_json(), indent=1) + "\n", encoding="utf-8")
        elif out.is_dir() and any(out.iterdir()) and not (out / BEST).is_file():
            raise CommandError(f"{out} holds something that is no model; name a new folder")
        else:
            imported.model().write(out)
    except CannotImport as error:
        raise CommandError(f"{out}: {error}: --out FILE.json does") from None
    except OSError as error:
        raise CommandError(f"{error.filename or out} cannot be written: {error.strerror}") from None


def _tell(imported: Imported, arguments: argparse.Namespace) -> None:
    design = imported.design
    inputs = ", ".join(f"{given.name} ({given.kind})" for given in design.inputs)
    outputs = ", ".join(end.name for end in design.outputs)
    print(f"{design.name}: {len(bind(design).nodes)} blocks, inputs {inputs}, outputs {outputs}")
    for note in imported.notes:
        print(f"- {note}")
    for problem in imported.problems:
        print(f"! {problem} (node {problem.node})" if problem.node else f"! {problem}")
    if imported.problems:
        count = len(imported.problems)
        print(f"{count} operator{'s' * (count != 1)} to be replaced by hand before it can be built.")
    if not arguments.out:
        print("Add --out FILE.json to write the design, --out DIR to write it with its weights.")
