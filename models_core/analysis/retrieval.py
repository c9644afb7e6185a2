"""How well embeddings find again what shows the same: rank-1 and mean average precision."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Retrieval:
    """What a search by queries through a gallery comes to, over the queries that have something to find."""

    rank1: float
    """Share of the queries whose nearest is right."""
    mean_average_precision: float
    queries: int


def retrieval(
    queries: Tensor, gallery: Tensor, wanted: Tensor, labels: Tensor, left_out: Tensor | None = None
) -> Retrieval:
    """Rank a gallery (M D, `labels` M) for each query (N D, `wanted` N) by the cosine of their embeddings.

    `left_out` (N M) marks pairs that do not count, such as a query itself, or the same person by the same camera.
    Average precision is the mean of the precisions at each right place. Raises ValueError where nothing can be found.
    """
    near = functional.normalize(queries.double(), dim=1) @ functional.normalize(gallery.double(), dim=1).T
    right = wanted[:, None] == labels[None, :]
    if left_out is not None:
        near, right = near.masked_fill(left_out, -torch.inf), right & ~left_out
    right = right.gather(1, near.argsort(dim=1, descending=True, stable=True))
    right = right[right.any(1)]
    if not len(right):
        raise ValueError("no query has anything of its label in the gallery; give a gallery that has")
    places = torch.arange(1, right.shape[1] + 1)
    precisions = right.cumsum(1) / places
    average = (precisions * right).sum(1) / right.sum(1)
    return Retrieval(float(right[:, 0].double().mean()), float(average.mean()), len(right))
