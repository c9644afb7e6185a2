"""What judges networks, against scikit-learn and formulas by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics
from torch.nn import functional

from models_core.data.preprocess import Target
from models_core.tasks import get_task

NAMES = ["a", "b", "c", "never"]


def evaluated(task: str, target: Target, outputs: torch.Tensor, wanted: torch.Tensor, lots: int = 7) -> dict[str, Any]:
    judge = get_task(task).evaluator(target)
    for output, truth in zip(outputs.tensor_split(lots), wanted.tensor_split(lots), strict=True):
        judge.update(output, truth)
    return judge.result()


@pytest.mark.parametrize("task", ["image_classification", "text_classification", "tabular_classification"])
def test_classification_agrees_with_scikit_learn(task: str) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(101, 4, generator=generator)
    wanted = torch.randint(0, 3, (101,), generator=generator)
    found = evaluated(task, Target(kind="class", names=NAMES), logits, wanted)
    guessed = logits.argmax(1).numpy()
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(wanted, guessed))
    assert found["loss"] == pytest.approx(
        metrics.log_loss(wanted, logits.softmax(1).numpy(), labels=range(4)), rel=1e-5
    )
    assert found["confusion"] == metrics.confusion_matrix(wanted, guessed, labels=range(4)).tolist()
    assert found["n"] == 101
    recall = metrics.recall_score(wanted, guessed, labels=range(3), average=None)
    for name, each, value in zip(NAMES, found["per_class"], [*recall, None], strict=True):
        assert each["name"] == name
        assert each["support"] == int((wanted == NAMES.index(name)).sum())
        assert each["accuracy"] == (pytest.approx(value) if value is not None else None)


def test_lots_do_not_matter() -> None:
    generator = torch.Generator().manual_seed(1)
    logits, wanted = torch.randn(60, 4, generator=generator), torch.randint(0, 4, (60,), generator=generator)
    target = Target(kind="class", names=NAMES)
    one = evaluated("image_classification", target, logits, wanted, lots=1)
    many = evaluated("image_classification", target, logits, wanted, lots=60)
    assert one["confusion"] == many["confusion"]
    assert one["loss"] == pytest.approx(many["loss"])


def test_many_classes_get_top5_and_no_matrix_beyond_two_hundred() -> None:
    generator = torch.Generator().manual_seed(2)
    for n, has_matrix in ((30, True), (300, False)):
        logits, wanted = torch.randn(50, n, generator=generator), torch.randint(0, n, (50,), generator=generator)
        found = evaluated(
            "image_classification", Target(kind="class", names=[str(i) for i in range(n)]), logits, wanted
        )
        top5 = metrics.top_k_accuracy_score(wanted, logits.numpy(), k=5, labels=range(n))
        assert found["top5_accuracy"] == pytest.approx(top5)
        assert (found["confusion"] is not None) == has_matrix


def test_the_first_of_several_outputs_is_judged() -> None:
    judge = get_task("image_classification").evaluator(Target(kind="class", names=["a", "b"]))
    judge.update((torch.tensor([[0.0, 9.0]]), torch.tensor([[9.0, 0.0]])), torch.tensor([1]))
    assert judge.result()["accuracy"] == 1.0


def test_half_precision_outputs_are_judged_in_full() -> None:
    generator = torch.Generator().manual_seed(3)
    logits, wanted = torch.randn(500, 4, generator=generator), torch.randint(0, 4, (500,), generator=generator)
    target = Target(kind="class", names=NAMES)
    exact = evaluated("image_classification", target, logits.bfloat16().float(), wanted)
    assert evaluated("image_classification", target, logits.bfloat16(), wanted) == exact


def test_language_model_figures_by_hand() -> None:
    generator = torch.Generator().manual_seed(4)
    logits, wanted = torch.randn(20, 8, 256, generator=generator), torch.randint(0, 256, (20, 8), generator=generator)
    found = evaluated("byte_lm", Target(kind="bytes"), logits, wanted)
    chosen = logits.log_softmax(-1).gather(-1, wanted[..., None])
    loss = -float(chosen.double().mean())
    assert found["loss"] == pytest.approx(loss, rel=1e-5)
    assert found["perplexity"] == pytest.approx(math.exp(loss), rel=1e-5)
    assert found["bits_per_byte"] == pytest.approx(loss / math.log(2), rel=1e-5)
    assert found["n"] == 160
    uniform = evaluated("byte_lm", Target(kind="bytes"), torch.zeros(20, 8, 256), wanted)
    assert uniform["bits_per_byte"] == pytest.approx(8)
    assert uniform["perplexity"] == pytest.approx(256)


def test_regression_is_told_in_the_numbers_own_unit() -> None:
    rng = np.random.default_rng(5)
    truth = rng.normal(1000, 25, 90)
    guess = truth + rng.normal(0, 5, 90)
    target = Target(kind="number", name="y", mean=990.0, std=30.0)

    def standard(values: np.ndarray) -> torch.Tensor:
        return torch.tensor((values - 990) / 30, dtype=torch.float32)

    found = evaluated("tabular_regression", target, standard(guess)[:, None], standard(truth))
    assert found["rmse"] == pytest.approx(math.sqrt(metrics.mean_squared_error(truth, guess)), rel=1e-4)
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth, guess), rel=1e-4)
    assert found["r2"] == pytest.approx(metrics.r2_score(truth, guess), rel=1e-4)
    same = evaluated("tabular_regression", target, torch.ones(10), torch.ones(10))
    assert same["r2"] is None
    assert same["rmse"] == 0


@pytest.mark.parametrize(
    ("task", "target"),
    [
        ("image_classification", Target(kind="class", names=["a", "b"])),
        ("byte_lm", Target(kind="bytes")),
        ("tabular_regression", Target(kind="number")),
    ],
)
def test_nothing_judged_is_an_error_not_a_zero(task: str, target: Target) -> None:
    with pytest.raises(ValueError, match="nothing was evaluated"):
        get_task(task).evaluator(target).result()


def test_a_diverged_network_is_judged_without_falling_over() -> None:
    nan = torch.full((4, 2), math.nan)
    found = evaluated(
        "image_classification", Target(kind="class", names=["a", "b"]), nan, torch.tensor([0, 1, 0, 1]), lots=2
    )
    assert math.isnan(found["loss"])
    assert sum(map(sum, found["confusion"])) == 4
    language = evaluated(
        "byte_lm", Target(kind="bytes"), torch.full((2, 3, 256), math.nan), torch.zeros(2, 3).long(), 1
    )
    assert math.isnan(language["perplexity"])
    number = evaluated("tabular_regression", Target(kind="number"), torch.full((4, 1), math.inf), torch.zeros(4), 1)
    assert not math.isfinite(number["rmse"])


def test_step_metrics_are_cheap_and_right() -> None:
    logits = torch.tensor([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    found = get_task("image_classification").step_metrics(logits, torch.tensor([1, 1, 1, 1]), Target(kind="class"))
    assert {name: float(value) for name, value in found.items()} == {"accuracy": 0.75}
    bytes_ = get_task("byte_lm").step_metrics(torch.eye(256)[None], torch.arange(256)[None], Target(kind="bytes"))
    assert float(bytes_["accuracy"]) == 1
    # Errors are told in the number's own unit, while training as afterwards.
    task, guess, truth = get_task("tabular_regression"), torch.tensor([[1.0], [3.0]]), torch.tensor([0.0, 1.0])
    regression = task.step_metrics(guess, truth, Target(kind="number", mean=7.0, std=10.0))
    assert float(regression["mae"]) == pytest.approx(15.0)


def test_objectives_are_torchs_own() -> None:
    generator = torch.Generator().manual_seed(6)
    logits, wanted = torch.randn(9, 5, generator=generator), torch.randint(0, 5, (9,), generator=generator)
    smooth = get_task("image_classification").objective(label_smoothing=0.1)
    assert torch.equal(smooth(logits, wanted), functional.cross_entropy(logits, wanted, label_smoothing=0.1))
    sequence, following = (
        torch.randn(3, 4, 256, generator=generator),
        torch.randint(0, 256, (3, 4), generator=generator),
    )
    loss = get_task("byte_lm").objective()(sequence, following)
    assert torch.allclose(loss, functional.cross_entropy(sequence.transpose(1, 2), following))
    guess, truth = torch.randn(7, 1, generator=generator), torch.randn(7, generator=generator)
    assert torch.equal(
        get_task("tabular_regression").objective()(guess, truth), functional.mse_loss(guess.flatten(), truth)
    )
    assert torch.equal(
        get_task("tabular_regression").objective("huber", delta=0.5)(guess, truth),
        functional.huber_loss(guess.flatten(), truth, delta=0.5),
    )
