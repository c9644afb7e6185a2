"""Random crops."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor
from torch.nn import functional

from models_core.registry import Doc, Range, register


@register("augmentation", id="crop", title="crop with padding")
class Crop:
    """Shifts every picture by a random distance up to the padding; what comes in from outside is black."""

    def __init__(self, padding: Annotated[int, Range(1, 64), Doc("Largest shift in pixels, each way")] = 4) -> None:
        self.padding = padding

    def __call__(self, x: Tensor, generator: torch.Generator) -> Tensor:
        n, _, height, width = x.shape
        pad = self.padding
        shift = torch.randint(0, 2 * pad + 1, (2, n), generator=generator).to(x.device, non_blocking=True)
        # Gathering in N H W C moves whole pixels, and its result viewed as N C H W is channels_last already.
        padded = functional.pad(x.permute(0, 2, 3, 1), (0, 0, pad, pad, pad, pad))
        rows = (shift[0, :, None] + torch.arange(height, device=x.device))[:, :, None]
        columns = (shift[1, :, None] + torch.arange(width, device=x.device))[:, None, :]
        each = torch.arange(n, device=x.device)[:, None, None]
        return padded[each, rows, columns].permute(0, 3, 1, 2)
