"""Results of the commonest operations on the meta device, made at once.

Torch decides them in Python, a millisecond or two each, which is most of what an edit of a large design costs. Whatever
is not plain here is left to torch, faults among it, so that it is torch's own words that a person reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten


def run(func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What `func` gives for tensors of the meta device."""
    known = _KNOWN.get(func)
    out = None if kwargs else known(*args) if known else _pointwise(func, args)
    return func(*args, **kwargs) if out is None else out


def _batch_norm(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, mean: Tensor | None, var: Tensor | None, *rest: Any
) -> tuple[Tensor, Tensor, Tensor] | None:
    channels = x.shape[1] if x.dim() > 1 else -1
    parts = [part for part in (weight, bias, mean, var) if part is not None]
    if not _plain(x, *parts) or any(part.shape != (channels,) or part.dtype != x.dtype for part in parts):
        return None
    return torch.empty_like(x), x.new_empty(channels), x.new_empty(channels)


def _layer_norm(
    x: Tensor, shape: list[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor] | None:
    parts = [part for part in (weight, bias) if part is not None]
    normal = tuple(shape)
    if not normal or not _plain(x, *parts) or tuple(x.shape[-len(normal) :]) != normal:
        return None
    if any(tuple(part.shape) != normal or part.dtype != x.dtype for part in parts):
        return None
    left = (*x.shape[: -len(normal)], *(1,) * len(normal))
    return torch.empty_like(x), x.new_empty(left), x.new_empty(left)


def _addmm(bias: Tensor, x: Tensor, weight: Tensor) -> Tensor | None:
    if not (x.dim() == weight.dim() == 2 and x.shape[1] == weight.shape[0] and bias.shape == weight.shape[1:]):
        return None
    if not (x.dtype == weight.dtype == bias.dtype):
        return None
    return x.new_empty(x.shape[0], weight.shape[1])


_KNOWN: dict[Any, Callable[..., Any]] = {
    aten.native_batch_norm.default: _batch_norm,
    aten.native_layer_norm.default: _layer_norm,
    aten.addmm.default: _addmm,
}

_dtypes: dict[Any, torch.dtype] = {}
"""What an operation makes of one tensor of a dtype, from the first time it was asked."""


def _pointwise(func: Any, args: tuple[Any, ...]) -> Tensor | None:
    """Of one tensor, another of its shape: which dtype it has does not depend on the shape."""
    if torch.Tag.pointwise not in func.tags or func.is_view or func._schema.is_mutable or not args:
        return None
    x, *rest = args
    if not isinstance(x, Tensor) or not _plain(x) or not all(isinstance(one, int | float | str | None) for one in rest):
        return None
    if len(func._schema.returns) != 1:
        return None
    key = (func, x.dtype, *((type(one), one) for one in rest))
    if key not in _dtypes:
        out = func(*args)
        if out.shape != x.shape:
            return None
        _dtypes[key] = out.dtype
        return out
    return torch.empty_like(x, dtype=_dtypes[key])


def _plain(*tensors: Tensor) -> bool:
    return all(one.is_meta and one.is_floating_point() and one.is_contiguous() for one in tensors)
