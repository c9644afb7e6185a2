"""Long convolutions by the fast Fourier transform: L log L multiplications instead of L squared."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv1d, pad


def fft_conv(x: Tensor, kernel: Tensor) -> Tensor:
    """The causal convolution along the last dim: y_t is the sum of kernel_u x_(t-u), with zeros before the start.

    x is N C L, the kernel C K or, one for each sample, N C K; taps beyond L have no effect.
    """
    length = x.shape[-1]
    if not isinstance(length, int):
        # A length that stays open on export: transforms in ONNX need theirs fixed.
        return _direct(x, kernel)
    kernel = kernel[..., :length]
    size = fft_size(length + kernel.shape[-1] - 1)
    product = torch.fft.rfft(x, n=size) * torch.fft.rfft(kernel, n=size)
    return torch.fft.irfft(product, n=size)[..., :length]


def fft_conv2d(x: Tensor, kernel: Tensor) -> Tensor:
    """The convolution over both dims of an image with zeros around it; the kernel's middle is its origin.

    x is N C H W; the kernel C (2H-1) (2W-1), so that every position reaches every other.
    """
    height, width = x.shape[-2:]
    sizes = fft_size(3 * height - 2), fft_size(3 * width - 2)
    product = torch.fft.rfft2(x, s=sizes) * torch.fft.rfft2(kernel, s=sizes)
    full = torch.fft.irfft2(product, s=sizes)
    return full[..., height - 1 : 2 * height - 1, width - 1 : 2 * width - 1]


def circular_conv(x: Tensor, kernel: Tensor) -> Tensor:
    """The circular convolution along the last dim, of x N C L with a kernel of the same length."""
    length = x.shape[-1]
    return torch.fft.irfft(torch.fft.rfft(x) * torch.fft.rfft(kernel), n=length)


def fft_size(least: int) -> int:
    """The power of two that holds `least` numbers: fastest, and the most exact where the export runs."""
    return 1 << max(least - 1, 1).bit_length()


def _direct(x: Tensor, kernel: Tensor) -> Tensor:
    if kernel.dim() != 2:
        raise ValueError("a kernel per sample cannot be exported with an open length; fix the length of the input")
    taps = kernel.shape[-1]
    return conv1d(pad(x, (taps - 1, 0)), kernel.flip(-1).unsqueeze(1), groups=x.shape[1])
