"""What the state-space blocks share: matrices to start from, and parameters made of them."""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor, nn


def learned(values: Tensor) -> nn.Parameter:
    """A parameter with these values, on whatever device modules are being made."""
    param = nn.Parameter(torch.empty(values.shape))
    with torch.no_grad():
        param.copy_(values)
    return param


def log_uniform(count: int, low: float, high: float) -> Tensor:
    """Logarithms of `count` numbers between two bounds, drawn evenly on the logarithmic scale."""
    return torch.rand(count) * (math.log(high) - math.log(low)) + math.log(low)


def hippo_normal(size: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The HiPPO-LegS matrix as normal plus rank 1: eigenvalues, rank-1 part, input and basis, of one of each pair.

    A = V (diag(e) - p p*) V*, and the input vector in that basis is b. e, p and b have size / 2 complex numbers, V is
    size x size / 2; the other halves are their conjugates. `size` is even.
    """
    eigenvalues, rank, b, basis = _hippo_normal(size)
    return eigenvalues.clone(), rank.clone(), b.clone(), basis.clone()


@functools.lru_cache(maxsize=32)
def _hippo_normal(size: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    # On the CPU by name, whatever device modules are being made on.
    n = torch.arange(size, dtype=torch.float64, device="cpu")
    root = (2 * n + 1).sqrt()
    hippo = -(root[:, None] * root[None, :]).tril(-1) - (n + 1).diag()
    p = (n + 0.5).sqrt()
    normal = hippo + p[:, None] * p[None, :]
    # Its symmetric part is -1/2 of the identity, so the skew-symmetric rest has the eigenvectors.
    skew = normal + 0.5 * torch.eye(size, dtype=torch.float64, device="cpu")
    imag, vectors = torch.linalg.eigh(-1j * skew)
    half = imag > 0
    eigenvalues = torch.complex(torch.full_like(imag[half], -0.5), imag[half])
    basis = vectors[:, half]
    to_basis = basis.conj().T
    return eigenvalues, to_basis @ p.to(basis.dtype), to_basis @ root.to(basis.dtype), basis
