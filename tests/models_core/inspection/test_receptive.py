"""The effective receptive field: its reach and its shape where they are known, and what has none."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models_core.inspection import effective_field, sides


def stack(*kernels: int) -> nn.Sequential:
    """Convolutions without a bias, all of whose weights are 1."""
    layers = [nn.Conv2d(1, 1, size, padding=size // 2, bias=False) for size in kernels]
    for layer in layers:
        nn.init.ones_(layer.weight)
    return nn.Sequential(*layers)


def test_one_filter_reaches_its_kernel_evenly() -> None:
    field = effective_field(stack(5), torch.rand(2, 1, 11, 11), "0")
    expected = torch.zeros(11, 11)
    expected[3:8, 3:8] = 1
    assert torch.equal(field, expected)


def test_a_stack_reaches_as_far_but_sees_its_middle_most() -> None:
    """Two of 3 × 3 weigh 1 2 3 2 1 each way."""
    field = effective_field(stack(3, 3), torch.rand(1, 1, 9, 9), "1")
    line = torch.tensor([0.0, 0, 1, 2, 3, 2, 1, 0, 0]) / 3
    torch.testing.assert_close(field, line[:, None] * line)


def test_of_an_even_map_both_middles_count() -> None:
    field = effective_field(stack(1), torch.rand(1, 1, 4, 6), "0")
    assert field.nonzero().tolist() == [[1, 2], [1, 3], [2, 2], [2, 3]]


def test_sides_hold_their_shares() -> None:
    field = torch.zeros(7, 7)
    field[2:5, 2:5] = 0.1
    field[3, 3] = 1.2
    field[0, 3] = 2.0
    assert sides(field, (0.1, 0.3, 0.5, 0.51, 1.0)) == [1, 1, 3, 7, 7]


def test_a_module_is_left_as_it_was_and_faults_have_their_remedy() -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 36, 3)).train()
    x = torch.rand(1, 1, 8, 8)
    effective_field(module, x, "0")
    assert module.training
    assert not module[0]._forward_hooks
    with pytest.raises(ValueError, match="there is no module middle; name one"):
        effective_field(module, x, "middle")
    with pytest.raises(ValueError, match="1 gives 1 x 72, which is no map"):
        effective_field(module, x, "1")
    nn.init.zeros_(module[0].weight)
    with pytest.raises(ValueError, match="depends on no pixel"):
        effective_field(module, x, "0")
