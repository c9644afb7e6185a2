"""Adam with decoupled weight decay."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from models_core.registry import Doc, Range, Source, register

from ._fused import implementation


@register(
    "optimizer",
    id="adamw",
    title="AdamW",
    source=Source("I. Loshchilov, F. Hutter", "Decoupled Weight Decay Regularization", 2019),
)
def adamw(
    groups: list[dict[str, Any]],
    /,
    lr: Annotated[float, Range(0, 100), Doc("Learning rate: the length of a step")] = 0.001,
    beta1: Annotated[float, Range(0, 0.9999), Doc("Memory of the gradient's mean")] = 0.9,
    beta2: Annotated[float, Range(0, 0.999999), Doc("Memory of the gradient's square")] = 0.999,
    eps: Annotated[float, Range(1e-12, 1), Doc("Added to the divisor, so that it is never 0")] = 1e-8,
    weight_decay: Annotated[float, Range(0, 10), Doc("Pull of the weights towards 0")] = 0.05,
) -> torch.optim.Optimizer:
    """Adam with decoupled weight decay: learns fast with little tuning, the usual choice for transformers.

    Keeps two numbers per weight.
    """
    return torch.optim.AdamW(
        groups, lr=lr, betas=(beta1, beta2), eps=eps, weight_decay=weight_decay, **implementation(groups)
    )


def _state_per_weight(**_: Any) -> int:
    return 2


adamw.state_per_weight = _state_per_weight  # type: ignore[attr-defined]  # read by training.memory
