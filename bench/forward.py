"""The compiled ResNet-50 Design against the same network written by hand in PyTorch."""

from __future__ import annotations

import statistics
import time

import torch
from torch import Tensor, nn

from bench import Row, at_most

BUILDS, PAIRS = 7, 12


class Bottleneck(nn.Module):
    """He et al. 2016, with the stride in the 3 × 3 convolution."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * 4)
        self.relu = nn.ReLU()
        self.downsample = None
        if stride != 1 or inputs != width * 4:
            shortcut = nn.Conv2d(inputs, width * 4, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(width * 4))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


def by_hand() -> nn.Module:
    """ResNet-50 as one would write it without Blockyard."""
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    layers.append(nn.MaxPool2d(3, 2, 1))
    inputs = 64
    for width, depth, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for index in range(depth):
            layers.append(Bottleneck(inputs, width, stride if index == 0 else 1))
            inputs = width * 4
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000))


def run() -> list[Row]:
    """Both in turn, so that whatever else the machine does falls on both alike; each built anew several times.

    Where weights happen to lie in memory makes some per cent either way, which a single pair would take for a fact.
    """
    from models_core import registry
    from models_core.compile import build

    image = torch.randn(2, 3, 224, 224)
    ratios = []
    for _ in range(BUILDS):
        ours, theirs = build(registry.get("design", "resnet50").obj()).eval(), by_hand().eval()
        assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())
        with torch.inference_mode():
            for _ in range(2):
                ours(image), theirs(image)
            pairs = []
            for turn in range(PAIRS):
                first, second = (ours, theirs) if turn % 2 else (theirs, ours)
                seconds = {first: _time(first, image), second: _time(second, image)}
                pairs.append((seconds[ours], seconds[theirs]))
        ratios.append(statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs))
    what = f"forward of the ResNet-50 Design / the same by hand, median of {BUILDS} builds"
    return [at_most(what, statistics.median(ratios), 1.02, "x")]


def _time(module: nn.Module, image: Tensor) -> float:
    began = time.perf_counter()
    module(image)
    return time.perf_counter() - began
