"""`recipe [NAME]`: a recipe as a document, to be changed and given to `train`."""

from __future__ import annotations

import argparse
import json

from ._common import dataset_of, recipe_of, show


def run(arguments: argparse.Namespace) -> int:
    """Print a recipe with every field filled in, or the form that a browser makes of recipes."""
    if arguments.form:
        from models_core.training.recipe import form

        show(form())
        return 0
    dataset = dataset_of(arguments) if arguments.data else None
    print(json.dumps(recipe_of(arguments.name, dataset).to_json(), indent=1))
    return 0
