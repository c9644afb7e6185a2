"""`evaluate DIR`: a trained model judged on its data."""

from __future__ import annotations

import argparse
import time

from models_core.data import Dataset, open_dataset
from models_core.model import RUN, FileFault, Model
from models_core.tasks import get_task
from models_core.training.evaluate import evaluate

from ._common import CommandError, dataset_of, figures_text, show, table, use_threads


def data_of(model: Model, arguments: argparse.Namespace) -> Dataset:
    """The data a model was trained on, opened again, or what --data names."""
    if getattr(arguments, "data", None):
        return dataset_of(arguments)
    try:
        data = model.run["data"]
        source, options, name = data["source"], data["options"], data["name"]
    except (KeyError, TypeError) as error:
        raise FileFault(f"{RUN} lacks {error}; name the data with --data") from None
    return open_dataset(source, cache=arguments.cache, name=name, **options)


def run(arguments: argparse.Namespace) -> int:
    """Print every figure of the task over a split."""
    model = Model.read(arguments.folder, arguments.weights)
    if model.preprocess is None or model.task is None:
        raise CommandError(f"{arguments.folder} says not how samples are prepared; train it, or import it with --data")
    dataset = data_of(model, arguments)
    task = get_task(model.task)
    task.bind(dataset)
    if dataset.class_names != model.preprocess.target.names:
        raise CommandError(f"{dataset.name} has other classes than the model was trained for; choose its own data")
    split = dataset.split(arguments.split)
    use_threads(model.bound, 64)
    began = time.perf_counter()
    result = evaluate(model.module, split, model.preprocess, task)
    seconds = time.perf_counter() - began
    if arguments.json:
        rate = len(split) / seconds if seconds else 0.0
        show({"metrics": result, "split": arguments.split, "seconds": seconds, "samples_per_s": rate})
        return 0
    print(f"{figures_text(result)} on {len(split):,} {arguments.split} samples")
    rows = [
        (row["name"], "-" if row["accuracy"] is None else f"{row['accuracy']:.2%}", f"{row['support']:,}")
        for row in result.get("per_class") or []
    ]
    if rows:
        table(rows, ("class", "accuracy", "samples"), right=(1, 2))
    return 0
