"""Convolutions by FFT against sums written out."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import onnxruntime
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from models_core.ops.fft_conv import circular_conv, fft_conv, fft_conv2d


@pytest.mark.parametrize(("length", "taps"), [(1, 1), (7, 3), (8, 8), (9, 20)])
@pytest.mark.parametrize("each", [False, True])
def test_causal_convolution(length: int, taps: int, each: bool) -> None:
    x = torch.randn(2, 3, length, dtype=torch.float64)
    kernel = torch.randn(*((2,) if each else ()), 3, taps, dtype=torch.float64)
    want = torch.zeros_like(x)
    for t in range(length):
        for u in range(min(taps, t + 1)):
            want[..., t] += kernel[..., u] * x[..., t - u]
    torch.testing.assert_close(fft_conv(x, kernel), want)


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (5, 7)])
def test_convolution_over_a_whole_image(size: tuple[int, int]) -> None:
    x = torch.randn(2, 3, *size, dtype=torch.float64)
    kernel = torch.randn(3, 2 * size[0] - 1, 2 * size[1] - 1, dtype=torch.float64)
    want = conv2d(x, kernel.flip(1, 2).unsqueeze(1), padding=(size[0] - 1, size[1] - 1), groups=3)
    torch.testing.assert_close(fft_conv2d(x, kernel), want)


@pytest.mark.parametrize("length", [1, 6, 7])
def test_circular_convolution(length: int) -> None:
    x, kernel = (torch.randn(2, 3, length, dtype=torch.float64) for _ in range(2))
    want = sum(kernel[..., u, None] * x.roll(u, -1) for u in range(length))
    torch.testing.assert_close(circular_conv(x, kernel), want)


class Causal(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.ones(3, 64))

    def forward(self, x: Tensor) -> Tensor:
        return fft_conv(x, self.kernel)


@pytest.mark.filterwarnings("ignore")
def test_the_export_with_an_open_length(tmp_path: Path) -> None:
    """A kernel of ones remembers everything: the output is the running sum."""
    dims = {0: torch.export.Dim("batch", min=1, max=64), 2: torch.export.Dim("length", min=1, max=64)}
    with contextlib.redirect_stdout(io.StringIO()):
        program = torch.onnx.export(
            Causal(), (torch.randn(3, 3, 10),), dynamo=True, dynamic_shapes=(dims,), verbose=False
        )
    assert program is not None
    program.save(tmp_path / "conv.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "conv.onnx")
    for size in (1, 7, 25):
        x = torch.randn(2, 3, size)
        (got,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        torch.testing.assert_close(torch.tensor(got), x.cumsum(-1), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(Causal()(x), x.cumsum(-1), rtol=1e-4, atol=1e-5)
