"""`export DIR`: a trained model as ONNX, or as a bundle."""

from __future__ import annotations

import argparse
from pathlib import Path

from models_core.export.bundle import write_bundle
from models_core.export.onnx import ExportError, export
from models_core.model import ONNX, Model
from models_core.training.memory import size_text

from ._common import CommandError, show


def run(arguments: argparse.Namespace) -> int:
    """Write the ONNX file, compared with PyTorch before it is kept, or a bundle with it."""
    model = Model.read(arguments.folder, arguments.weights)
    if arguments.bundle:
        return _bundle(model, arguments)
    path = Path(arguments.out) if arguments.out else Path(arguments.folder) / ONNX
    try:
        done = export(model.module, model.bound, path, model.preprocess)
    except ExportError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from None
    if arguments.json:
        show({**vars(done), "path": str(done.path), "batches": list(done.batches)})
    else:
        print(
            f"{done.path}: {size_text(done.bytes)}, opset {done.opset}, at most {done.max_error:.1e} of the largest "
            f"output from PyTorch's"
        )
    return 0


def _bundle(model: Model, arguments: argparse.Namespace) -> int:
    try:
        manifest = write_bundle(model, arguments.bundle)
    except ExportError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"{arguments.bundle} cannot be written: {error.strerror}") from None
    if arguments.json:
        show({"path": arguments.bundle, **manifest})
    else:
        sizes = ", ".join(f"{name} {size_text(facts['bytes'])}" for name, facts in manifest["files"].items())
        print(f"{arguments.bundle}: {sizes}")
    return 0
