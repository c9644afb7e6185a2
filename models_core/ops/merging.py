"""Merging linear layers that follow or accompany each other into one, for blocks with a form to deploy."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def with_norm(weight: Tensor, bias: Tensor | None, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """The weight and bias of a convolution and of the batch norm after it, as one; from its moving averages."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = (norm.running_var + norm.eps).rsqrt()
    shift = -norm.running_mean * scale
    if norm.affine:
        shift = shift * norm.weight + norm.bias
        scale = scale * norm.weight
    weight = weight * scale.view(-1, *[1] * (weight.dim() - 1))
    return weight, shift if bias is None else bias * scale + shift


def identity_kernel(channels: int, groups: int, like: Tensor) -> Tensor:
    """The 1 × 1 kernel (channels × channels / groups × 1 × 1) that changes nothing."""
    each = channels // groups
    return torch.eye(each, dtype=like.dtype, device=like.device).repeat(groups, 1)[:, :, None, None]


def widened(kernel: Tensor, size: tuple[int, int], dilation: int = 1) -> Tensor:
    """A kernel in the middle of one of `size`, its gaps of dilation filled with zeros."""
    height, width = ((side - 1) * dilation + 1 for side in kernel.shape[2:])
    out = kernel.new_zeros(*kernel.shape[:2], *size)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    out[:, :, top : top + height : dilation, left : left + width : dilation] = kernel
    return out


def convolution(weight: Tensor, bias: Tensor, like: nn.Conv2d) -> nn.Conv2d:
    """A convolution with that weight and bias and otherwise as `like`, padded to keep the size; in evaluation mode."""
    kernel = weight.shape[2:]
    merged = nn.Conv2d(
        weight.shape[1] * like.groups,
        weight.shape[0],
        (int(kernel[0]), int(kernel[1])),
        (like.stride[0], like.stride[1]),
        (int(kernel[0]) // 2, int(kernel[1]) // 2),
        groups=like.groups,
    )
    merged.weight, merged.bias = nn.Parameter(weight.detach().clone()), nn.Parameter(bias.detach().clone())
    return merged.eval()
