"""Mirroring."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor

from models_core.registry import Doc, Range, register


@register("augmentation", id="flip", title="horizontal flip")
class Flip:
    """Mirrors some of the pictures left to right."""

    def __init__(self, p: Annotated[float, Range(0, 1), Doc("Share of the pictures that are mirrored")] = 0.5) -> None:
        self.p = p

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        chosen = torch.rand(x.shape[0], generator=generator) < self.p
        return torch.where(chosen.to(x.device, non_blocking=True)[:, None, None, None], x.flip(-1), x)
