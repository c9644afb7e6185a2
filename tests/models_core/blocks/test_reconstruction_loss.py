"""An image rebuilt from features, compared with the one they came from: a loss that training alone has."""

from __future__ import annotations

import torch
from torch import nn

from models_core import registry
from models_core.analysis import analyze
from models_core.compile import bind, build
from models_core.design import Builder, Design

LOSS = registry.get("block", "reconstruction_loss").obj


def autoencoder() -> Design:
    """A classifier that also rebuilds its image from half of its features."""
    b = Builder("rebuilding", task="image_classification")
    image = b.input("image", "image", C=1, H=8, W=8)
    x = b.add("encode", "conv2d", image, out_channels=4)
    rebuilt = b.add("decode", "conv2d", x, out_channels=1)
    b.add("rebuilt", "reconstruction_loss", rebuilt, image, weight=2.0)
    b.output("logits", b.add("head", "linear", b.add("pool", "global_avg_pool", x), out_features=3))
    return b.build()


def test_it_is_the_cross_entropy_of_both_images_brought_between_0_and_1() -> None:
    torch.manual_seed(0)
    x, target = 40 * torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5)
    want = nn.functional.binary_cross_entropy_with_logits(x, target.sigmoid())
    torch.testing.assert_close(LOSS(0.5)(x, target), 0.5 * want)


def test_it_is_least_where_the_images_are_equal() -> None:
    torch.manual_seed(0)
    target = torch.randn(2, 1, 4, 4)
    x = target.clone().requires_grad_()
    LOSS()(x, target).backward()
    assert x.grad is not None
    assert x.grad.abs().max() < 1e-6
    assert LOSS()(target, target) < LOSS()(target + 0.5, target)


def test_images_of_other_sizes_are_refused_where_they_meet() -> None:
    document = autoencoder().to_json()
    next(node for node in document["nodes"] if node["id"] == "decode")["params"]["out_channels"] = 2
    (issue,) = bind(Design.model_validate(document)).errors
    assert "2 × 8 × 8 cannot be compared with one of 1 × 8 × 8" in issue.message


def test_what_leads_to_it_alone_is_there_in_training_alone() -> None:
    bound = bind(autoencoder())
    assert [(name, one.role) for name, one in bound.collected.items()] == [("rebuilt.out", "loss")]
    full, plain = build(bound, collect=True), build(bound)
    assert "decode.weight" in full.state_dict()
    assert "decode.weight" not in plain.state_dict()
    assert analyze(autoencoder()).notes == ["37 parameters more are there for training alone"]
