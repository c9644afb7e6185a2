"""Results made at once are what torch makes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from models_core.compile import quick

aten = torch.ops.aten


def meta(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(shape, device="meta", dtype=dtype)


CASES: list[tuple[Any, tuple[Any, ...]]] = [
    (aten.native_batch_norm.default, (meta(2, 8, 4, 4), meta(8), meta(8), meta(8), meta(8), True, 0.1, 1e-5)),
    (aten.native_batch_norm.default, (meta(2, 8, 5), None, None, meta(8), meta(8), False, 0.1, 1e-5)),
    (aten.native_batch_norm.default, (meta(2, 8), meta(8), meta(8), None, None, True, 0.1, 1e-5)),
    (aten.native_layer_norm.default, (meta(2, 6, 8), [8], meta(8), meta(8), 1e-5)),
    (aten.native_layer_norm.default, (meta(2, 6, 8), [6, 8], None, None, 1e-5)),
    (aten.addmm.default, (meta(5), meta(2, 3), meta(3, 5))),
    (aten.addmm.default, (meta(5), meta(2, 3), meta(5, 3).t())),
    (aten.relu.default, (meta(2, 3, 4),)),
    (aten.gelu.default, (meta(2, 3),)),
    (aten.pow.Tensor_Scalar, (meta(2, 3), 2)),
    (aten.mul.Tensor, (meta(2, 3), 2.5)),
    (aten.isnan.default, (meta(2, 3),)),
    (aten.add.Tensor, (meta(2, 3), meta(3))),
    (aten.relu.default, (meta(4, 3).t(),)),
    (aten.mul.Tensor, (meta(2, 3, dtype=torch.int64), 2.5)),
    (aten.relu.default, (meta(2, 3, dtype=torch.float16),)),
]


@pytest.mark.parametrize(("func", "args"), CASES, ids=lambda one: str(one)[:40])
def test_shapes_and_dtypes_are_torchs(func: Any, args: tuple[Any, ...]) -> None:
    for _ in range(2):
        ours, theirs = quick.run(func, args, {}), func(*args)
        pairs = zip(ours, theirs, strict=True) if isinstance(theirs, tuple) else [(ours, theirs)]
        for mine, other in pairs:
            assert (mine.shape, mine.dtype, mine.is_meta) == (other.shape, other.dtype, True)
            # What is new has a storage of its own.
            assert all(mine is not one for one in args)


@pytest.mark.parametrize(
    ("func", "args"),
    [
        (aten.addmm.default, (meta(5), meta(2, 3), meta(4, 5))),
        (aten.native_layer_norm.default, (meta(2, 6, 8), [7], None, None, 1e-5)),
    ],
    ids=lambda one: str(one)[:40],
)
def test_faults_are_told_by_torch(func: Any, args: tuple[Any, ...]) -> None:
    with pytest.raises(RuntimeError):
        quick.run(func, args, {})
