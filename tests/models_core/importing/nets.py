"""Networks as people write them in PyTorch, without this package."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Block(nn.Module):
    def __init__(self, channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or channels != width:
            self.downsample = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class ResNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(Block(16, 16), Block(16, 16))
        self.layer2 = nn.Sequential(Block(16, 32, 2), Block(32, 32))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.fc(torch.flatten(self.avgpool(self.layer2(self.layer1(x))), 1))


class Gate(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // 4, 1)
        self.fc2 = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * F.hardsigmoid(self.fc2(F.silu(self.fc1(x.mean((2, 3), keepdim=True)))))


class Assorted(nn.Module):
    """A bit of everything that has no place in a plain residual network."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.Hardswish())
        self.depthwise = nn.Conv2d(16, 16, 3, 1, 1, groups=16)
        self.group_norm = nn.GroupNorm(4, 16)
        self.gate = Gate(16)
        self.twice = nn.Upsample(scale_factor=2)
        self.smooth = nn.Upsample(scale_factor=2, mode="bilinear")
        self.transposed = nn.ConvTranspose2d(16, 8, 2, 2)
        self.instance_norm = nn.InstanceNorm2d(8, affine=True)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = F.silu(self.group_norm(self.depthwise(self.stem(F.pad(x, (1, 1, 1, 1))))))
        one, other = F.mish(self.gate(x)).chunk(2, 1)
        x = torch.cat([F.gelu(one), F.gelu(other, approximate="tanh")], 1)
        x = F.avg_pool2d(self.twice(x), 3, 2, 1, count_include_pad=False)
        x = self.transposed(self.smooth(x))
        x = self.instance_norm(F.leaky_relu(F.elu(x, 0.7), 0.2)).mean(-1).amax(-1)
        x = 1 - (self.norm(x) * 2.0 - 1.0)
        return self.head(F.relu6(x / 3 + F.softmax(x, -1)))


class Encoder(nn.Module):
    """Transformer layers of PyTorch's own, behind learned positions and a class token."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, 32)
        self.positions = nn.Parameter(torch.randn(1, 12, 32))
        self.token = nn.Parameter(torch.randn(1, 1, 32))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, activation="gelu", norm_first=True)
            for _ in range(2)
        )
        self.head = nn.Linear(32, 3)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens) + self.positions
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
        for layer in self.layers:
            x = layer(x)
        return self.head(x[:, 0])


class Attention(nn.Module):
    """Separate queries, keys and values; a mask that is given, as in BERT, or a causal one, as in GPT-2."""

    def __init__(self, causal: bool) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, 32)
        self.query, self.key = nn.Linear(32, 32), nn.Linear(32, 32, bias=False)
        self.value, self.out = nn.Linear(32, 32), nn.Linear(32, 32)
        self.norm = nn.LayerNorm(32)
        self.causal = causal
        self.register_buffer("seen", torch.tril(torch.ones(12, 12)).bool())

    def forward(self, tokens: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.embed(tokens)
        q, k, v = (part(x).view(x.shape[0], -1, 4, 8).transpose(1, 2) for part in (self.query, self.key, self.value))
        scores = q @ k.transpose(-1, -2) / 8**0.5
        if mask is None:
            scores = scores.masked_fill(~self.seen, float("-inf"))
        else:
            scores = scores + (1.0 - mask[:, None, None, :].float()) * -10000.0
        return self.norm(x + self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape)))


class Recurrent(nn.Module):
    def __init__(self, kind: type[nn.RNNBase], layers: int, both: bool, last: bool = False) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 6)
        self.layers = kind(6, 5, layers, batch_first=True, bidirectional=both)  # type: ignore[call-arg]  # no mode
        self.head = nn.Linear(10 if both else 5, 2)
        self.last = last

    def forward(self, tokens: Tensor) -> Tensor:
        x, _ = self.layers(self.embed(tokens))
        return self.head(x[:, -1] if self.last else x)


class Gated(nn.Module):
    """Root mean square norm and a gated feed-forward part, written out."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.rand(16) + 0.5)
        self.up, self.down = nn.Linear(16, 48, bias=False), nn.Linear(24, 16, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.scale
        gate, value = self.up(y).chunk(2, -1)
        return x + self.down(F.silu(gate) * value)


class Cross(nn.Module):
    """One sequence looks at another."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(8, 16), nn.Linear(8, 24)
        self.attention = nn.MultiheadAttention(16, 2, batch_first=True, kdim=24, vdim=24)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        right = self.right(y)
        return self.attention(self.left(x), right, right, need_weights=False)[0]


class Odd(nn.Module):
    """What no block does: only the convolution at the start can be drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        return torch.cumsum(torch.einsum("nchw,ncHW->nhH", x, x).sin(), 1).flatten(1)


def _tokens(vocabulary: int, length: int) -> Tensor:
    return torch.randint(0, vocabulary, (2, length))


NETS = {
    "resnet": (ResNet, lambda: (torch.randn(2, 3, 64, 64),)),
    "assorted": (Assorted, lambda: (torch.randn(2, 3, 32, 32),)),
    "encoder": (Encoder, lambda: (_tokens(50, 12),)),
    "bert": (lambda: Attention(False), lambda: (_tokens(50, 12), torch.ones(2, 12, dtype=torch.int64))),
    "gpt": (lambda: Attention(True), lambda: (_tokens(50, 12),)),
    "lstm": (lambda: Recurrent(nn.LSTM, 2, True), lambda: (_tokens(20, 9),)),
    "gru": (lambda: Recurrent(nn.GRU, 1, False, last=True), lambda: (_tokens(20, 9),)),
    "rnn": (lambda: Recurrent(nn.RNN, 3, False), lambda: (_tokens(20, 9),)),
    "gated": (Gated, lambda: (torch.randn(2, 7, 16),)),
    "cross": (Cross, lambda: (torch.randn(2, 5, 8), torch.randn(2, 7, 8))),
}
"""A network and inputs for it, by name."""
