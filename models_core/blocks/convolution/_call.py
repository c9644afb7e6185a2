from __future__ import annotations

from typing import Any

from torch import nn

from models_core.declare import TorchCall


def conv_call(name: str, layer: nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d, **more: tuple[Any, Any]) -> TorchCall:
    """The call of torch's convolution `name` that makes `layer`; `more` has further arguments and their defaults."""
    return TorchCall.of(
        name,
        {"in_channels": layer.in_channels, "out_channels": layer.out_channels, "kernel_size": layer.kernel_size},
        stride=(layer.stride, 1),
        padding=(layer.padding, 0),
        **more,
        dilation=(layer.dilation, 1),
        groups=(layer.groups, 1),
        bias=(layer.bias is not None, True),
    )
