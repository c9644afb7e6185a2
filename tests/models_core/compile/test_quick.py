"""Results made at once are what torch makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
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
    (aten.add.Tensor, (meta(2, 3), meta(dtype=torch.float64))),
    (aten.add.Tensor, (meta(2, 3), meta(1, dtype=torch.float64))),
    (aten.div.Tensor, (meta(4, 1, 3), meta(5, 1))),
    (aten.cat.default, ([meta(2, 3, 4), meta(2, 5, 4)], -2)),
    (aten.cat.default, ([meta(2, 3)],)),
    (aten._softmax.default, (meta(2, 3, 4), -1, False)),
    (aten._safe_softmax.default, (meta(2, 3, 4), 1)),
    (aten.mean.dim, (meta(2, 3, 4, 5), [-1, -2], True)),
    (aten.mean.dim, (meta(2, 3, 4), [1])),
    (aten.mean.dim, (meta(2, 3, 4), None)),
    (aten.native_group_norm.default, (meta(2, 8, 3, 3), meta(8), meta(8), 2, 8, 9, 4, 1e-5)),
    (aten.native_group_norm.default, (meta(2, 8, 5), None, None, 2, 8, 5, 2, 1e-5)),
    (aten.relu.default, (meta(4, 3).t(),)),
    (aten.mul.Scalar, (meta(2, 4, 3).transpose(1, 2), 0.5)),
    (aten.gelu.default, (meta(2, 1, 3).expand(2, 4, 3),)),
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
            assert mine.stride() == other.stride()
            # What is new has a storage of its own.
            assert all(mine is not one for one in args)


@pytest.mark.parametrize(
    ("func", "args"),
    [
        (aten.addmm.default, (meta(5), meta(2, 3), meta(4, 5))),
        (aten.native_layer_norm.default, (meta(2, 6, 8), [7], None, None, 1e-5)),
        (aten.native_group_norm.default, (meta(2, 8, 5), None, None, 2, 8, 5, 3, 1e-5)),
        (aten.cat.default, ([meta(2, 3), meta(4, 5)], 1)),
        (aten.add.Tensor, (meta(2, 3), meta(2, 4))),
    ],
    ids=lambda one: str(one)[:40],
)
def test_faults_are_told_by_torch(func: Any, args: tuple[Any, ...]) -> None:
    with pytest.raises(RuntimeError):
        quick.run(func, args, {})


def test_torchs_compiler_is_not_loaded() -> None:
    """It would make the first answer of a process wait for a second or more."""
    source = """
import sys
from models_core import registry
from models_core.analysis import analyze
for name in ("resnet50", "googlenet", "vit_tiny_patch16_224", "mobilenetv2_100", "gru_text"):
    assert not analyze(registry.get("design", name).obj()).errors
assert "torch._dynamo" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", source], check=True, cwd=Path(__file__).parents[3])
