"""Which implementation of an optimizer's update is the fastest that the parameters allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

_FUSED_DEVICES = ("cpu", "cuda")


def implementation(groups: Iterable[Mapping[str, Any]]) -> dict[str, bool]:
    """`fused` (one kernel for all parameters) where every parameter allows it, else `foreach`."""
    params = [param for group in groups for param in group["params"]]
    plain = all(
        param.device.type in _FUSED_DEVICES and torch.is_floating_point(param) and param.dtype is not torch.bfloat16
        for param in params
    )
    return {"fused": True} if plain and params else {"foreach": True}
