"""Masks of padded sequences: a number per position, 0 where there is padding."""

from __future__ import annotations

import torch
from torch import Tensor


def attention_bias(mask: Tensor | None, causal: bool, query: Tensor, length: int) -> Tensor | None:
    """What to add to attention scores (N 1 1 length, or N 1 L length if causal) so that padding is not looked at.

    None without a mask. Padding gets -10,000 instead of minus infinity, so that a sequence of padding alone gives an
    average and not NaN, in half precision too.
    """
    if mask is None:
        return None
    hidden = mask.eq(0)[:, None, None, :]
    if causal:
        later = torch.ones(query.shape[-2], length, dtype=torch.bool, device=query.device).triu(1)
        hidden = hidden | later
    return torch.zeros_like(hidden, dtype=query.dtype).masked_fill(hidden, -1e4)
