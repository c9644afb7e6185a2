"""What positions promise."""

from __future__ import annotations

import torch

from models_core.ops.positions import by_distance, rotary, sinusoids


def test_sinusoids() -> None:
    table = sinusoids(torch.arange(5), 8)
    torch.testing.assert_close(table[:, 0], torch.arange(5).sin())
    torch.testing.assert_close(table[:, 7], (torch.arange(5) / 10000 ** (6 / 8)).cos())


def test_products_of_turned_features_see_the_distance_alone() -> None:
    q, k = torch.randn(8, dtype=torch.float64), torch.randn(8, dtype=torch.float64)
    at = torch.arange(6)
    scores = rotary(q.expand(6, 8), at) @ rotary(k.expand(6, 8), at + 3).T
    for offset in range(-5, 6):
        diagonal = scores.diagonal(offset)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(rotary(q.expand(6, 8), at).norm(dim=-1), q.norm().expand(6), rtol=1e-5, atol=1e-6)


def test_scores_by_distance_become_scores_by_key() -> None:
    rows, columns = 3, 7
    distances = torch.arange(columns - 1, -1, -1.0).expand(rows, columns)
    keys = by_distance(distances)
    for i in range(rows):
        for j in range(columns - rows + i + 1):
            assert keys[i, j] == columns - rows + i - j
