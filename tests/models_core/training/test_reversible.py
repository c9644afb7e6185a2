"""Training that computes activations again: what it gives, what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from models_core.compile import build
from models_core.data import Dataset
from models_core.design import Builder, Design
from models_core.training.recipe import RecipeError
from models_core.training.reversible import NotReversible, Reversible
from models_core.training.setup import plan

from .runs import picture_design, recipe, run


def chain(*, norm: str | None = None, hears_itself: bool = False) -> Design:
    """Three links in a row; branches hear what lies two links back, or what their own link is given."""
    b = Builder("chain", task="image_classification")
    b.facts(image={"channels": 1}, label={"classes": 10})
    x = b.add("stem", "conv2d", b.input("image", "image", C=1, H=8, W=8), out_channels=4, kernel_size=3, padding=1)
    stream = [x, b.add("other", "conv2d", x, out_channels=4, kernel_size=1)]
    for at in range(3):
        y = b.add(f"conv{at}", "conv2d", stream[-2 if hears_itself else -1], out_channels=4, kernel_size=1)
        y = b.add(f"norm{at}", norm, y) if norm else y
        stream.append(b.add(f"link{at}", "reversible_link", stream[-2], b.add(f"act{at}", "gelu", y)))
    b.output("logits", b.add("head", "linear", b.add("pool", "global_avg_pool", stream[-1]), out_features=10))
    return b.build()


def test_what_cannot_be_had_back_in_time_is_kept() -> None:
    torch.manual_seed(0)
    module = build(chain()).double()
    whole = Reversible(module)
    assert [node.target for node in whole.kept] == ["link2", "link1"]
    x, params = torch.randn(2, 1, 8, 8, dtype=torch.float64), list(module.parameters())
    want, got = (torch.autograd.grad(run(x).square().sum(), params) for run in (module, whole))
    for one, two in zip(want, got, strict=True):
        torch.testing.assert_close(two, one)


def test_a_branch_of_what_its_own_link_is_given_has_no_inverse() -> None:
    with pytest.raises(NotReversible, match="nothing can be had back"):
        Reversible(build(chain(hears_itself=True)))


def test_a_norm_with_running_statistics_is_refused() -> None:
    with pytest.raises(NotReversible, match=r"norm0 would count every batch twice.*layer_norm2d"):
        Reversible(build(chain(norm="batch_norm")))


def test_a_run_is_the_same_and_needs_less(digits: Dataset, tmp_path: Path) -> None:
    plain, whole = recipe(epochs=1), recipe(epochs=1, reversible=True)
    needs = [plan(chain(), digits, given).need.activations for given in (plain, whole)]
    assert needs[1] < needs[0]
    losses = [run(chain(), digits, given, tmp_path / str(given.reversible)).metrics["loss"] for given in (plain, whole)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)


def test_a_design_without_links_is_refused(digits: Dataset) -> None:
    with pytest.raises(RecipeError, match=r"reversible.*no chain of reversible links"):
        plan(picture_design(), digits, recipe(reversible=True))


def test_compiling_does_not_go_with_it() -> None:
    with pytest.raises(RecipeError, match="choose one of the two"):
        recipe(reversible=True, compile=True)
