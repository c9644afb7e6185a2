"""Recipes to begin with: by name, and fitted to a task and the size of its data."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .recipe import Fault, Recipe, RecipeError, read


@dataclass(frozen=True)
class Preset:
    """A named recipe: its document, and for how many steps it trains when it is fitted to data."""

    title: str
    help: str
    values: Mapping[str, Any]
    steps: int
    epochs: tuple[int, int]
    """Fewest and most epochs after fitting."""
    augment: bool = field(default=False)
    """Whether colour pictures are cropped and mirrored at random."""
    augmentations: tuple[Mapping[str, Any], ...] = ()
    """How colour pictures are changed besides, after that."""

    def recipe(self) -> Recipe:
        """The recipe as it stands, fitted to nothing."""
        return read(self.values)


PRESETS: dict[str, Preset] = {
    "quick": Preset(
        "Quick look",
        "A few minutes at most: does it learn?",
        {
            "optimizer": {"id": "adamw", "lr": 0.003, "weight_decay": 0.01},
            "schedule": {"id": "one_cycle"},
            "epochs": 5,
            "batch_size": 64,
        },
        steps=1000,
        epochs=(2, 30),
    ),
    "standard": Preset(
        "Standard",
        "AdamW with a warm-up and a cosine: a good result for nearly every design.",
        {
            "optimizer": {"id": "adamw", "lr": 0.002, "weight_decay": 0.05},
            "schedule": {"id": "cosine", "warmup_steps": 100},
            "epochs": 20,
            "batch_size": 64,
            "clip": 1.0,
        },
        steps=4000,
        epochs=(5, 60),
        augment=True,
    ),
    "sgd": Preset(
        "SGD with momentum",
        "What convolutional networks were tuned with: slower, often better in the end.",
        {
            "optimizer": {"id": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4},
            "schedule": {"id": "one_cycle"},
            "epochs": 30,
            "batch_size": 128,
        },
        steps=8000,
        epochs=(10, 100),
        augment=True,
    ),
    "resnet_rs": Preset(
        "ResNet-RS",
        "Strong regularization for long trainings: averaged weights, smoothed labels, RandAugment, little decay. "
        "Dropout and stochastic depth are the design's.",
        {
            "optimizer": {"id": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 4e-5},
            "schedule": {"id": "cosine", "warmup_steps": 500},
            "epochs": 100,
            "batch_size": 128,
            "label_smoothing": 0.1,
            "ema": 0.9999,
        },
        steps=30_000,
        epochs=(20, 350),
        augment=True,
        augmentations=({"id": "rand_augment", "n": 2, "magnitude": 10.0},),
    ),
}

_RATES = {"byte_lm": {"adamw": 0.002, "sgd": 0.2}, "text_classification": {"adamw": 0.002, "sgd": 0.1}}
_SEQUENCES = ("byte_lm", "text_classification")


def get(name: str) -> Preset:
    """The preset of that name; raises RecipeError with the names there are."""
    if name not in PRESETS:
        near = difflib.get_close_matches(name, PRESETS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"give a file, or one of {', '.join(PRESETS)}"
        raise RecipeError([Fault("", f"there is no recipe called {name!r}, neither a file nor a preset", hint)])
    return PRESETS[name]


def fitted(name: str, task: str | None, facts: Mapping[str, Any]) -> Recipe:
    """A preset for a task and the facts of its data: batch size, epochs, clipping and augmentations suit them.

    `facts` are those of a data set, with `train.size`.
    """
    preset = get(name)
    values: dict[str, Any] = {**preset.values}
    n = int(facts.get("train", {}).get("size", 0))
    windows = n
    if task == "byte_lm":
        # What counts as a sample is a window of text; its length is the design's, 128 is usual.
        windows = max(1, n // int(facts.get("text", {}).get("length", 128) or 128))
    if windows:
        batch = 32 if windows < 4_000 or task == "byte_lm" else int(values["batch_size"])
        if task == "image_classification" and windows >= 20_000:
            batch = 128
        per_epoch = max(1, windows // batch)
        fewest, most = preset.epochs
        values["batch_size"] = batch
        # A step of a language model judges every byte of its windows, so fewer of them teach as much.
        steps = preset.steps // 2 if task == "byte_lm" else preset.steps
        values["epochs"] = max(fewest, min(most, math.ceil(steps / per_epoch)))
        warmup = values["schedule"].get("warmup_steps", 0)
        if warmup:
            warmup = min(warmup, values["epochs"] * per_epoch // 10)
            values["schedule"] = {**values["schedule"], "warmup_steps": warmup}
    if task in _SEQUENCES:
        optimizer = values["optimizer"]
        values["optimizer"] = {**optimizer, "lr": _RATES[task][optimizer["id"]]}
        values["clip"] = 1.0
    if task == "image_classification":
        values["label_smoothing"] = 0.1
        values["augmentations"] = _augmentations(preset, facts.get("image", {}))
    return read(values)


def _augmentations(preset: Preset, image: Mapping[str, Any]) -> list[dict[str, Any]]:
    height = int(image.get("height", 0))
    if image.get("channels") == 1:
        # Digits and letters are grey as a rule: they may be shifted a little, but not mirrored.
        return [{"id": "crop", "padding": 1 if height < 16 else 2}]
    if preset.augment and height:
        return [
            {"id": "crop", "padding": max(1, min(32, height // 8))},
            {"id": "flip"},
            *map(dict, preset.augmentations),
        ]
    return []


def default_recipe(task: str | None, facts: Mapping[str, Any] | None = None) -> Recipe:
    """What is filled in before anybody chooses: the quick preset, fitted."""
    return fitted("quick", task, facts or {})
