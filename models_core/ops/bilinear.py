"""What a bilinear layer computes, as a tensor of interactions between its inputs, and their principal directions."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Spectrum(NamedTuple):
    """Eigenvalues of every output's interaction matrix, by falling magnitude, and their eigenvectors as rows."""

    values: Tensor
    vectors: Tensor


def interactions(left: Tensor, right: Tensor, out: Tensor) -> Tensor:
    """The symmetric tensor B (outputs × inputs × inputs) for which out ((left x) ⊙ (right x)) is xᵀ B x.

    `left` and `right` are hidden × inputs, `out` is outputs × hidden; none has a bias.
    """
    tensor = torch.einsum("oh,hi,hj->oij", out, left, right)
    return (tensor + tensor.mT) / 2


def layer_interactions(fc1: nn.Linear, fc2: nn.Linear) -> Tensor:
    """The same tensor of a bilinear layer: `fc1` has both maps, one after the other, and `fc2` reads their product.

    With biases inputs are to be given one more at their end, which is always 1.
    """
    left, right = fc1.weight.detach().chunk(2)
    out = fc2.weight.detach()
    if fc1.bias is not None:
        ends = fc1.bias.detach().chunk(2)
        left, right = (torch.cat((one, end[:, None]), 1) for one, end in zip((left, right), ends, strict=True))
    tensor = interactions(left, right, out)
    if fc2.bias is not None:
        if fc1.bias is None:
            tensor = nn.functional.pad(tensor, (0, 1, 0, 1))
        tensor[:, -1, -1] += fc2.bias.detach()
    return tensor


def spectrum(tensor: Tensor) -> Spectrum:
    """The eigen-decomposition of every output's interaction matrix."""
    values, vectors = torch.linalg.eigh(tensor)
    order = values.abs().argsort(dim=1, descending=True)
    rows = vectors.mT.gather(1, order[:, :, None].expand_as(vectors))
    return Spectrum(values.gather(1, order), rows)


def from_spectrum(x: Tensor, found: Spectrum, terms: int) -> Tensor:
    """The outputs for inputs x (N × inputs) from the first `terms` eigenvectors alone: Σ λ (v · x)²."""
    along = torch.einsum("oki,ni->nok", found.vectors[:, :terms], x)
    return (found.values[:, :terms] * along.square()).sum(2)
