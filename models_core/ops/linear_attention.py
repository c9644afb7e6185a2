"""Attention without a softmax over pairs: a matrix of memory that keys write to and queries read from."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from .scan import linear_scan

CHUNK = 16


def remember(q: Tensor, k: Tensor, v: Tensor, logs: Tensor) -> Tensor:
    """What every query reads, N L heads V, where S_t = exp(logs_t) S_(t-1) + k_t v_t and q_t reads q_t S_t.

    q, k and the gates' logarithms are N L heads K, v is N L heads V. No token sees a later one.
    """
    if torch.compiler.is_exporting():
        memory = linear_scan(logs.exp().unsqueeze(-1), k.unsqueeze(-1) * v.unsqueeze(-2))
        return (q.unsqueeze(-2) @ memory).squeeze(-2)
    return _chunkwise(q, k, v, logs)


def _chunkwise(q: Tensor, k: Tensor, v: Tensor, logs: Tensor) -> Tensor:
    """All outputs of `remember`.

    Within a chunk each query meets each key; from chunk to chunk the memory is handed on. Only differences of
    logarithms that are 0 or less are raised to powers, so no gate is too small.
    """
    length = q.shape[1]
    rest = -length % CHUNK
    q, k, v, logs = (
        pad(part, (0, 0, 0, 0, 0, rest)).unflatten(1, (-1, CHUNK)).transpose(2, 3) for part in (q, k, v, logs)
    )
    # N chunks heads CHUNK features
    sums = logs.cumsum(3)
    total = sums[:, :, :, -1:]
    written = (k * (total - sums).exp()).transpose(3, 4) @ v
    memory = linear_scan(total.exp().transpose(3, 4), written)
    memory = torch.cat((torch.zeros_like(memory[:, :1]), memory[:, :-1]), 1)
    apart = (sums.unsqueeze(4) - sums.unsqueeze(3)).clamp(max=0).exp()
    scores = (q.unsqueeze(4) * k.unsqueeze(3) * apart).sum(-1).tril()
    out = (q * sums.exp()) @ memory + scores @ v
    return out.transpose(2, 3).flatten(1, 2)[:, :length]
