"""Tasks: what they take from data, what they ask of a design, what they answer."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from models_core import registry
from models_core.data import DataError, Dataset, open_dataset, preprocess_for
from models_core.data.preprocess import Target
from models_core.tasks import answer, design_facts, get_task

DATA = {
    "image_classification": "digits",
    "text_classification": "texts.csv",
    "tabular_classification": "classes.csv",
    "tabular_regression": "numbers.csv",
    "byte_lm": "book.txt",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    folder = tmp_path_factory.mktemp("data")
    (folder / "texts.csv").write_text("label,text\n" + "".join(f"{i % 2},some words of text {i}\n" for i in range(40)))
    (folder / "classes.csv").write_text("a,b,label\n" + "".join(f"{i},{i * i},{'xyz'[i % 3]}\n" for i in range(40)))
    (folder / "numbers.csv").write_text("a,b,y\n" + "".join(f"{i},{i * i},{i / 7}\n" for i in range(40)))
    (folder / "book.txt").write_text("to be or not to be, " * 100)
    found = {}
    for task, name in DATA.items():
        source = name if name == "digits" else folder / name
        found[task] = open_dataset(source, folder / "cache")
    return found


def test_every_task_has_data_here() -> None:
    assert {entry.id for entry in registry.all("task")} == set(DATA)


@pytest.mark.parametrize("id", list(DATA))
def test_data_suggests_its_task_and_binds_to_it_alone(id: str, data: dict[str, Dataset]) -> None:
    dataset = data[id]
    assert dataset.task == id
    task = get_task(id)
    assert task.id == id
    binding = task.bind(dataset)
    assert binding.target.kind == task.target_kind
    for facts in binding.facts.values():
        assert all(isinstance(value, int) for value in facts.values()), "a design's expressions get sizes only"
    for other in DATA:
        if other != id:
            with pytest.raises(DataError) as caught:
                get_task(other).bind(dataset)
            assert other.replace("_", " ") in str(caught.value)


@pytest.mark.parametrize("id", list(DATA))
def test_every_task_has_its_parts(id: str, data: dict[str, Dataset]) -> None:
    task = get_task(id)
    kinds = {"image": (1, 8, 8), "tokens": (16,), "table": (2,)}
    spec = preprocess_for(data[id], {"x": {"kind": task.input_kind, "shape": kinds[task.input_kind]}})
    assert task.demo(spec) in ("draw", "image", "text", "form", "generate")
    for objective in task.objectives:
        assert callable(task.objective(objective))
    with pytest.raises(DataError, match="is no objective of"):
        task.objective("nonsense")
    shape = task.output_shape(task.bind(data[id]).facts, {"x": kinds[task.input_kind]})
    assert task.output_fault(shape, task.bind(data[id]).facts, {"x": kinds[task.input_kind]}) is None
    fault = task.output_fault((*shape, 3), task.bind(data[id]).facts, {"x": kinds[task.input_kind]})
    assert fault is not None
    assert "; " in fault


def test_output_faults_say_what_is_wanted(data: dict[str, Dataset]) -> None:
    facts = get_task("image_classification").bind(data["image_classification"]).facts
    assert get_task("image_classification").output_fault((12,), facts, {"image": (1, 8, 8)}) == (
        "the design gives 12 numbers for each sample, but image classification on this data needs 10 numbers; "
        "let the last layer's size be =facts.label.classes"
    )


def test_widgets(data: dict[str, Dataset]) -> None:
    wanted = {
        "image_classification": "draw",
        "text_classification": "text",
        "tabular_classification": "form",
        "tabular_regression": "form",
        "byte_lm": "generate",
    }
    kinds = {"image": (1, 28, 28), "tokens": (16,), "table": (2,)}
    for id, widget in wanted.items():
        task = get_task(id)
        spec = preprocess_for(data[id], {"x": {"kind": task.input_kind, "shape": kinds[task.input_kind]}})
        assert task.demo(spec) == widget
    colour = spec = preprocess_for(data["image_classification"], {"x": {"kind": "image", "shape": (1, 8, 8)}})
    part = spec.inputs["x"].model_copy(update={"stored": (32, 32, 3)})
    colour = spec.model_copy(update={"inputs": {"x": part}})
    assert get_task("image_classification").demo(colour) == "image"


def test_better_knows_its_direction() -> None:
    accuracy, bits = get_task("image_classification"), get_task("byte_lm")
    assert accuracy.better(0.9, 0.8)
    assert not accuracy.better(0.8, 0.8)
    assert bits.better(1.5, 2.0)
    assert not bits.better(2.5, 2.0)
    for task in (accuracy, bits):
        assert task.better(0.1, None)
        assert not task.better(math.nan, None)
        assert not task.better(math.nan, 0.5)


def test_facts_for_designs_have_no_names() -> None:
    facts = {
        "image": {"channels": 3, "height": 8, "width": 8},
        "label": {"classes": 2, "names": ["a", "b"]},
        "train": {"size": 5},
    }
    assert design_facts(facts) == {"image": {"channels": 3, "height": 8, "width": 8}, "label": {"classes": 2}}


def test_a_class_is_answered_with_probabilities() -> None:
    target = Target(kind="class", names=["cat", "dog", "cow"])
    found = answer(np.log(np.array([0.2, 0.7, 0.1], dtype=np.float32)), target)["predictions"]
    assert [item["label"] for item in found] == ["dog", "cat", "cow"]
    assert [item["probability"] for item in found] == pytest.approx([0.7, 0.2, 0.1])
    assert len(answer(np.zeros(3), target, top=2)["predictions"]) == 2
    large = answer(np.array([1e4, 0, -1e4]), target)["predictions"]
    assert large[0] == {"label": "cat", "probability": 1.0}


def test_a_number_is_answered_in_its_unit() -> None:
    target = Target(kind="number", name="price", mean=100.0, std=20.0)
    assert answer(np.array([0.5]), target) == {"value": 110.0, "predictions": [{"label": "price", "value": 110.0}]}


@pytest.mark.parametrize(
    ("output", "target", "reason"),
    [
        (np.array([0.0, math.nan]), Target(kind="class", names=["a", "b"]), "not finite"),
        (np.zeros(3), Target(kind="class", names=["a", "b"]), "3 numbers for 2 classes"),
        (np.zeros(2), Target(kind="number"), "2 numbers where one"),
        (np.zeros(2), Target(kind="bytes"), "generate it"),
    ],
)
def test_outputs_that_are_no_answer(output: np.ndarray, target: Target, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        answer(output, target)


def test_an_unknown_task_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(registry.UnknownEntry, match="did you mean image_classification"):
        get_task("image_clasification")
