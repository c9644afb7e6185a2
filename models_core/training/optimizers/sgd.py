"""Stochastic gradient descent."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from models_core.registry import Doc, Range, Source, register

from ._fused import implementation


@register(
    "optimizer",
    id="sgd",
    title="SGD",
    source=Source(
        "I. Sutskever, J. Martens, G. Dahl, G. Hinton",
        "On the importance of initialization and momentum in deep learning",
        2013,
    ),
)
def sgd(
    groups: list[dict[str, Any]],
    /,
    lr: Annotated[float, Range(0, 100), Doc("Learning rate: the length of a step")] = 0.1,
    momentum: Annotated[float, Range(0, 0.9999), Doc("Share of the last step that is kept in the next")] = 0.9,
    nesterov: Annotated[bool, Doc("Look ahead along the momentum; needs momentum above 0")] = False,
    weight_decay: Annotated[float, Range(0, 10), Doc("Pull of the weights towards 0")] = 5e-4,
) -> torch.optim.Optimizer:
    """Stochastic gradient descent with momentum: steady, few settings, best in the end on pictures.

    Keeps one number per weight when momentum is above 0.
    """
    if nesterov and momentum == 0:
        raise ValueError("nesterov needs momentum above 0; set momentum to 0.9 or nesterov to false")
    return torch.optim.SGD(
        groups, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay, **implementation(groups)
    )


def _state_per_weight(momentum: float = 0.9, **_: Any) -> int:
    return 1 if momentum else 0


sgd.state_per_weight = _state_per_weight  # type: ignore[attr-defined]  # read by training.memory
