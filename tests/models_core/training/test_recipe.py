"""Recipes: presets, reading, every fault at once, the browser's form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models_core import registry
from models_core.training import presets
from models_core.training import recipe as recipes
from models_core.training.recipe import RecipeError

FACTS: dict[str, dict[str, Any]] = {
    "image_classification": {"image": {"channels": 3, "height": 32, "width": 32}, "train": {"size": 50_000}},
    "text_classification": {"text": {"vocab": 256, "length": 128}, "train": {"size": 9_600}},
    "byte_lm": {"text": {"vocab": 256}, "train": {"size": 1_000_000}},
    "tabular_regression": {"features": {"columns": 8}, "train": {"size": 300}},
    "tabular_classification": {},
}


@pytest.mark.parametrize("name", presets.PRESETS)
@pytest.mark.parametrize("task", FACTS)
def test_presets_fit_every_task(name: str, task: str) -> None:
    recipe = presets.fitted(name, task, FACTS[task])
    assert recipes.read(recipe.to_json()) == recipe
    assert bool(recipe.augmentations) == (task == "image_classification" and name != "quick")
    fewest, most = presets.PRESETS[name].epochs
    assert fewest <= recipe.epochs <= most


def test_grey_pictures_are_never_mirrored() -> None:
    facts = {"image": {"channels": 1, "height": 28, "width": 28}, "train": {"size": 60_000}}
    for name in presets.PRESETS:
        parts = presets.fitted(name, "image_classification", facts).augmentations
        assert [part["id"] for part in parts] == ["crop"]


def test_the_preset_of_resnet_rs_has_its_items() -> None:
    recipe = presets.fitted("resnet_rs", "image_classification", FACTS["image_classification"])
    assert [part["id"] for part in recipe.augmentations] == ["crop", "flip", "rand_augment"]
    assert (recipe.label_smoothing, recipe.ema, recipe.optimizer["weight_decay"]) == (0.1, 0.9999, 4e-5)
    assert recipe.schedule["id"] == "cosine"


def test_defaults_are_filled_in() -> None:
    recipe = recipes.read({"optimizer": {"id": "sgd", "lr": 0.2}})
    assert recipe.optimizer == {"id": "sgd", "lr": 0.2, "momentum": 0.9, "nesterov": False, "weight_decay": 5e-4}
    assert recipe.schedule["id"] == "cosine"
    assert recipes.read(json.dumps(recipe.to_json())) == recipe


def test_every_fault_is_told_with_its_field_and_remedy() -> None:
    with pytest.raises(RecipeError) as caught:
        recipes.read(
            {
                "optimizer": {"id": "adam"},
                "schedule": {"id": "cosine", "warmup": 3},
                "augmentations": [{"id": "flip"}, {"id": "crop", "padding": 99}],
                "epochs": 0,
                "batchsize": 12,
                "method": "magic",
                "callbacks": [{"id": "stop_at"}],
            }
        )
    faults = {fault.field: fault for fault in caught.value.faults}
    assert set(faults) == {
        "optimizer.id",
        "schedule.warmup",
        "augmentations.1.padding",
        "epochs",
        "batchsize",
        "method",
        "callbacks.0.value",
    }
    assert "adamw" in faults["optimizer.id"].message
    assert faults["batchsize"].remedy == "did you mean batch_size?"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ({"format": "blockyard.design"}, "is no recipe"),
        ({"version": 2}, "version 1"),
        ({"epochs": None}, "neither epochs nor seconds"),
        ({"epochs": "3"}, "epochs"),
        ({"device": "tpu"}, "device"),
        ({"seed": 1.5}, "seed"),
        ({"optimizer": {"id": "sgd", "momentum": 0, "nesterov": True}}, "nesterov needs momentum"),
        ({"optimizer": "sgd"}, "optimizer"),
        ({"label_smoothing": float("nan")}, "label_smoothing"),
    ],
)
def test_what_cannot_be_used_is_refused(document: Any, text: str) -> None:
    with pytest.raises(RecipeError, match=text):
        recipes.read(document)


def test_an_unknown_preset_names_the_known() -> None:
    with pytest.raises(RecipeError, match="did you mean quick"):
        presets.get("quik")


def test_the_form_has_every_part_of_the_registry() -> None:
    form = recipes.form()
    for field, kind in recipes.PARTS.items():
        entries = form["parts"][field]["entries"]
        assert [entry["id"] for entry in entries] == [entry.id for entry in registry.all(kind)]
        for entry in entries:
            assert entry["help"]
            for name, field_schema in entry["schema"].get("properties", {}).items():
                assert field_schema.get("description"), f"{entry['id']}.{name}"
    for name, field_schema in form["schema"]["properties"].items():
        assert field_schema.get("title"), name
        assert field_schema.get("description"), name
    assert set(form["presets"]) == set(presets.PRESETS)
    json.dumps(form, allow_nan=False)
