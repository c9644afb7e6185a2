"""Results of the commonest operations on the meta device, made at once.

Torch decides them in Python, a millisecond or two each, which is most of what an edit of a large design costs, and the
first time it loads its compiler for it, which takes a second or more. Whatever is not plain here is left to torch,
faults among it, so that it is torch's own words that a person reads.
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


def _group_norm(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, batch: int, channels: int, size: int, groups: int, eps: float
) -> tuple[Tensor, Tensor, Tensor] | None:
    parts = [part for part in (weight, bias) if part is not None]
    if not _plain(x, *parts) or channels % groups or x.numel() != batch * channels * size:
        return None
    if any(part.shape != (channels,) or part.dtype != x.dtype for part in parts):
        return None
    return torch.empty_like(x), x.new_empty(batch, groups), x.new_empty(batch, groups)


def _cat(tensors: list[Tensor], dim: int = 0) -> Tensor | None:
    first = tensors[0]
    if not all(one.is_meta for one in tensors) or not -first.dim() <= dim < first.dim():
        return None
    dim %= first.dim()
    if any(one.dim() != first.dim() or one.dtype != first.dtype for one in tensors):
        return None
    sizes = list(first.shape)
    sizes[dim] = sum(one.shape[dim] for one in tensors)
    others = [(*one.shape[:dim], *one.shape[dim + 1 :]) for one in tensors]
    return first.new_empty(sizes) if all(one == others[0] for one in others) else None


def _softmax(x: Tensor, dim: int, *rest: Any) -> Tensor | None:
    if not _plain(x) or any(rest) or not -x.dim() <= dim < x.dim():
        return None
    return torch.empty_like(x)


def _mean(x: Tensor, dims: list[int] | None, keepdim: bool = False) -> Tensor | None:
    if not _plain(x) or any(not -x.dim() <= dim < x.dim() for dim in dims or ()):
        return None
    gone = {dim % x.dim() for dim in dims} if dims else set(range(x.dim()))
    return x.new_empty([1 if at in gone else size for at, size in enumerate(x.shape) if keepdim or at not in gone])


_KNOWN: dict[Any, Callable[..., Any]] = {
    aten.native_batch_norm.default: _batch_norm,
    aten.native_layer_norm.default: _layer_norm,
    aten.addmm.default: _addmm,
    aten._safe_softmax.default: _softmax,
    aten._softmax.default: _softmax,
    aten.cat.default: _cat,
    aten.mean.dim: _mean,
    aten.native_group_norm.default: _group_norm,
}

_dtypes: dict[Any, torch.dtype] = {}
"""What an operation makes of tensors of these dtypes, from the first time it was asked."""


def _pointwise(func: Any, args: tuple[Any, ...]) -> Tensor | None:
    """Of tensors, another of the shape they are broadcast to: which dtype it has does not depend on the shape."""
    if torch.Tag.pointwise not in func.tags or func.is_view or func._schema.is_mutable:
        return None
    tensors = [one for one in args if isinstance(one, Tensor)]
    if not all(one.is_meta for one in tensors) or not tensors or len(func._schema.returns) != 1:
        return None
    if len(tensors) > 1 and not all(one.is_contiguous() for one in tensors):
        return None
    # A tensor of no dimension counts less than others where dtypes differ.
    like = tuple((one.dtype, one.dim() > 0) if isinstance(one, Tensor) else one for one in args)
    if not all(isinstance(one, tuple | int | float | str | None) for one in like):
        return None
    try:
        key = (func, *((type(one), one) for one in like))
        if key not in _dtypes:
            # Asked of real numbers: for the meta device torch would load its compiler first, which takes seconds.
            ones = (torch.ones((1,) * one[1], dtype=one[0]) if isinstance(one, tuple) else one for one in like)
            _dtypes[key] = func(*ones).dtype
        if len(tensors) == 1:
            return torch.empty_like(tensors[0], dtype=_dtypes[key])
        shape = torch.broadcast_shapes(*(one.shape for one in tensors))
    except RuntimeError:
        return None
    return tensors[0].new_empty(shape, dtype=_dtypes[key])


def _plain(*tensors: Tensor) -> bool:
    return all(one.is_meta and one.is_floating_point() and one.is_contiguous() for one in tensors)
