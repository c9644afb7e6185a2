"""Down the levels of a network to the block of the image that a class's logit comes from."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from models_core.inspection import gradcat


class Pyramid(nn.Module):
    """Two maps of an image, 4 × 4 and 2 × 2, and as logits the mean of the coarse one and its negative."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.coarse, self.drop = nn.AvgPool2d(2), nn.AvgPool2d(2), nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        mean = self.drop(self.coarse(self.fine(x))).mean((1, 2, 3))
        return torch.stack([mean, -mean], 1)


def image(row: int, column: int) -> Tensor:
    """Dark, but for one of 4 × 4 blocks."""
    x = torch.zeros(1, 1, 8, 8)
    x[..., 2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = 1
    return x


@pytest.mark.parametrize(("row", "column"), [(0, 0), (1, 3), (2, 1), (3, 2)])
def test_the_path_leads_to_the_block_that_is_lit(row: int, column: int) -> None:
    first, second = gradcat(Pyramid(), image(row, column), ("coarse", "fine"))
    assert (first.level, first.row, first.column) == ("coarse", row // 2, column // 2)
    assert (second.level, second.row, second.column) == ("fine", row, column)
    assert second.shares[2 * (row % 2) + column % 2] == pytest.approx(1 / 16)
    assert sum(second.shares) == pytest.approx(1 / 16)


def test_what_speaks_against_a_class_is_not_on_its_path() -> None:
    (visit,) = gradcat(Pyramid(), image(0, 0), ("coarse",), label=1)
    assert (visit.row, visit.column) != (0, 0)
    assert min(visit.shares) == visit.shares[0] < 0


def test_the_module_is_left_as_it_was() -> None:
    module = Pyramid().train()
    gradcat(module, image(0, 0), ("coarse",))
    assert module.training
    assert not module.coarse._forward_hooks


def test_faults_have_their_remedy() -> None:
    with pytest.raises(ValueError, match="there is no module middle; name one"):
        gradcat(Pyramid(), image(0, 0), ("middle",))
    with pytest.raises(ValueError, match="coarse gives 1 x 1 x 2 x 2, of which step 2 takes no quarter"):
        gradcat(Pyramid(), image(0, 0), ("coarse", "coarse"))
