"""`import FILE`: an ONNX file as a design."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from models_core.importing import CannotImport, Imported, import_onnx
from models_core.training.events import clean

from ._common import CommandError


def run(arguments: argparse.Namespace) -> int:
    """Draw the design of a file, write it and the weights where asked, and list what no block stands for."""
    try:
        data = Path(arguments.file).read_bytes()
    except OSError as error:
        raise CommandError(f"{arguments.file} cannot be read: {error.strerror}") from None
    try:
        imported = import_onnx(data, arguments.name or Path(arguments.file).stem, redraw=arguments.redraw)
    except CannotImport as error:
        raise CommandError(f"{arguments.name or arguments.file}: {error}") from None
    try:
        if arguments.out:
            Path(arguments.out).write_text(json.dumps(imported.design.to_json(), indent=1) + "\n", encoding="utf-8")
        if arguments.weights:
            _write_weights(imported, arguments.weights)
    except OSError as error:
        raise CommandError(f"{error.filename or arguments.out} cannot be written: {error.strerror}") from None
    if arguments.json:
        # On one line: a design of thousands of nodes would be tens of thousands of them.
        print(json.dumps(clean(imported.to_json()), ensure_ascii=False))
    else:
        _tell(imported, arguments)
    return 0


def _write_weights(imported: Imported, path: str) -> None:
    from safetensors.numpy import save_file

    if not imported.weights:
        raise CommandError("the design came with the file, not its weights' names; add --redraw to draw it anew")
    save_file(imported.state_dict(), path)


def _tell(imported: Imported, arguments: argparse.Namespace) -> None:
    design = imported.design
    inputs = ", ".join(f"{given.name} ({given.kind})" for given in design.inputs)
    outputs = ", ".join(end.name for end in design.outputs)
    print(f"{design.name}: {len(design.nodes)} nodes, inputs {inputs}, outputs {outputs}")
    for note in imported.notes:
        print(f"- {note}")
    for problem in imported.problems:
        print(f"! {problem} (node {problem.node})" if problem.node else f"! {problem}")
    if imported.problems:
        count = len(imported.problems)
        print(f"{count} operator{'s' * (count != 1)} to be replaced by hand before it can be built.")
    if not arguments.out:
        print("Add --out FILE to write the design.")
