"""`export DIR`: a trained model as ONNX."""

from __future__ import annotations

import argparse
from pathlib import Path

from models_core.export.onnx import ExportError, export
from models_core.model import ONNX, Model
from models_core.training.memory import size_text

from ._common import CommandError, show


def run(arguments: argparse.Namespace) -> int:
    """Write the ONNX file, compared with PyTorch before it is kept."""
    model = Model.read(arguments.folder, arguments.weights)
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
