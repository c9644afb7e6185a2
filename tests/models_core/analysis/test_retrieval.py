"""Rank-1 and mean average precision, by hand."""

from __future__ import annotations

import pytest
import torch

from models_core.analysis.retrieval import retrieval


def along(*degrees: float) -> torch.Tensor:
    """Unit vectors of the plane."""
    turned = torch.tensor(degrees).deg2rad()
    return torch.stack([turned.cos(), turned.sin()], 1)


def test_by_hand() -> None:
    gallery, labels = along(0, 10, 20, 30) * torch.tensor([[1.0], [9.0], [0.1], [3.0]]), torch.tensor([1, 2, 1, 2])
    found = retrieval(along(-5, 40), gallery, torch.tensor([1, 1]), labels)
    # Ranked 1 2 1 2: (1 + 2/3) / 2; ranked 2 1 2 1: (1/2 + 2/4) / 2. Lengths do not matter.
    assert found.rank1 == 0.5
    assert found.mean_average_precision == pytest.approx((5 / 6 + 1 / 2) / 2)
    assert found.queries == 2


def test_what_is_left_out_is_neither_right_nor_wrong() -> None:
    x, labels = along(0, 10, 50, 60), torch.tensor([1, 2, 1, 2])
    found = retrieval(x, x, labels, labels, left_out=torch.eye(4, dtype=torch.bool))
    # The one that is right comes second, third, third, second.
    assert found.rank1 == 0.0
    assert found.mean_average_precision == pytest.approx((1 / 2 + 1 / 3) / 2)


def test_queries_without_anything_to_find_do_not_count() -> None:
    labels = torch.tensor([1, 2])
    assert retrieval(along(0, 1), along(0, 9), torch.tensor([1, 3]), labels).queries == 1
    with pytest.raises(ValueError, match="no query has anything"):
        retrieval(along(0), along(0, 9), torch.tensor([3]), labels)
