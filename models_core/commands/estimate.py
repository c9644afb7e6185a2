"""`estimate DESIGN`: what a training will take, before it is begun."""

from __future__ import annotations

import argparse

from models_core.training.estimate import estimate
from models_core.training.memory import size_text

from ._common import dataset_of, design_of, recipe_of, show


def run(arguments: argparse.Namespace) -> int:
    """Print memory by its uses, and time by timing a few real steps."""
    design, variables = design_of(arguments.design)
    dataset = dataset_of(arguments)
    recipe = recipe_of(arguments.recipe, dataset, arguments.set)
    found = estimate(design, dataset, recipe, variables)
    if arguments.json:
        show(found)
        return 0
    print(
        f"memory {size_text(found['memory_bytes'])} of {size_text(found['limit_bytes'])} "
        f"({found['limit_source']}); {found['seconds_per_epoch']:.3g} s an epoch of {found['steps_per_epoch']:,} "
        f"steps, {found['samples_per_s']:,.0f} samples/s"
        + (f"; {found['seconds']:,.0f} s in all" if found["seconds"] is not None else "")
    )
    for note in found["notes"]:
        print(f"note: {note}")
    return 0
