"""`predict DIR INPUT`: what a trained model says of one input."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import torch

from models_core.data import Preprocess
from models_core.model import Model
from models_core.tasks import generate, get_task

from ._common import CommandError, object_of, show, use_threads


def run(arguments: argparse.Namespace) -> int:
    """Print the likeliest classes, the predicted number, or the text that the model writes on."""
    model = Model.read(arguments.folder, arguments.weights)
    preprocess = model.preprocess
    use_threads(model.bound, 1)
    if preprocess is None or model.task is None:
        raise CommandError(f"{arguments.folder} says not how samples are prepared; train it, or import it with --data")
    if preprocess.target.kind == "bytes":
        return _write_on(model, preprocess, arguments)
    raw = _raw(arguments.input, preprocess)
    arrays = preprocess.apply_one(raw)
    began = time.perf_counter()
    with torch.inference_mode():
        outputs = model.module(*(torch.from_numpy(arrays[name])[None] for name in preprocess.inputs))
    first = outputs[0] if isinstance(outputs, tuple) else outputs
    latency_ms = (time.perf_counter() - began) * 1000
    try:
        answer = get_task(model.task).answer(first[0].numpy(), preprocess, arguments.top)
    except ValueError as error:
        raise CommandError(str(error)) from None
    if arguments.json:
        show({**answer, "latency_ms": latency_ms})
        return 0
    for row in answer["predictions"]:
        print(
            f"{row['label']}: {row['probability']:.2%}"
            if "probability" in row
            else f"{row['label']}: {row['value']:.6g}"
        )
    return 0


def _raw(text: str, preprocess: Preprocess) -> Any:
    kinds = {part.kind for part in preprocess.inputs.values()}
    if "image" in kinds:
        try:
            return Path(text).read_bytes()
        except OSError as error:
            raise CommandError(
                f"the picture {text} cannot be read: {error.strerror}; give the path of a file"
            ) from None
    if "table" in kinds:
        return object_of(text, "the row")
    if os.path.isfile(text):
        return Path(text).read_bytes().decode("utf-8", "replace")
    return text


def _write_on(model: Model, preprocess: Preprocess, arguments: argparse.Namespace) -> int:
    length = next(part.length for part in preprocess.inputs.values() if part.kind == "tokens")
    try:
        text = generate(
            model.module,
            arguments.input.encode("utf-8", "replace"),
            arguments.bytes,
            temperature=arguments.temperature,
            seed=arguments.seed,
            length=length,
        )
    except ValueError as error:
        raise CommandError(str(error)) from None
    written = text.decode("utf-8", "replace")
    if arguments.json:
        show({"text": written, "prompt": arguments.input})
    else:
        print(arguments.input + written)
    return 0
