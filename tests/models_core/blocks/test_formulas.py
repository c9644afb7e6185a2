"""Every block has a formula that can be shown; its arithmetic is worked out once more, as written, in plain numpy."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from latex2mathml.converter import convert

from models_core.registry import Entry

from .samples import BLOCKS, IDS, make

Array = np.ndarray
RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("entry", BLOCKS, ids=IDS)
def test_every_block_has_a_formula(entry: Entry) -> None:
    assert entry.formula is not None
    assert entry.formula.lines
    for line in entry.formula.lines:
        math_ml = convert(line)
        # A command that the converter does not know goes through as it is.
        assert "\\" not in math_ml.replace("&#x0005C;", "")
        assert line.count("{") == line.count("}")
    assert not entry.formula.where or entry.formula.where.endswith(".")


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def erf(x: Array) -> Array:
    return np.vectorize(math.erf)(x)


ELEMENTWISE: dict[str, Callable[[Array], Array]] = {
    "elu": lambda x: np.where(x > 0, x, 0.5 * (np.exp(x) - 1)),
    "gelu": lambda x: x / 2 * (1 + erf(x / math.sqrt(2))),
    "hardswish": lambda x: x * np.minimum(np.maximum(x + 3, 0), 6) / 6,
    "identity": lambda x: x,
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.minimum(np.maximum(x, 0), 6),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "tanh": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
}
GIVEN: dict[str, dict[str, Any]] = {"elu": {"alpha": 0.5}, "leaky_relu": {"negative_slope": 0.2}}


def run(module: torch.nn.Module, *xs: Array) -> Array:
    return module.eval()(*(torch.tensor(x, dtype=torch.float32) for x in xs)).detach().numpy()


def weights(module: torch.nn.Module) -> dict[str, Array]:
    """Parameters by name, all of them changed from their start so that none is 0 or 1."""
    with torch.no_grad():
        for param in module.parameters():
            param.copy_(torch.tensor(RANDOM.normal(size=param.shape)))
    return {name: param.detach().numpy() for name, param in module.named_parameters()}


def close(got: Array, want: Array) -> None:
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("id", ELEMENTWISE)
def test_activations(id: str) -> None:
    x = np.linspace(-8, 8, 97)[None]
    close(run(make(id, **GIVEN.get(id, {})), x), ELEMENTWISE[id](x))


def test_gelu_by_tanh() -> None:
    x = np.linspace(-8, 8, 97)[None]
    want = x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    close(run(make("gelu", approximate="tanh"), x), want)


def test_softmax() -> None:
    x = RANDOM.normal(size=(2, 5, 3))
    close(run(make("softmax", dim=1), x), np.exp(x) / np.exp(x).sum(1, keepdims=True))


@pytest.mark.parametrize(
    ("id", "params", "axes"),
    [
        ("layer_norm", {"dim": 6}, (3,)),
        ("layer_norm2d", {"num_channels": 6}, (1,)),
        ("instance_norm", {"num_features": 6, "affine": True}, (2, 3)),
        ("batch_norm", {"num_features": 6}, (0, 2, 3)),
    ],
)
def test_norms(id: str, params: dict[str, Any], axes: tuple[int, ...]) -> None:
    x = RANDOM.normal(size=(2, 6, 5, 6))
    module = make(id, eps=0.1, **params)
    gamma, beta = weights(module).values()
    if id != "layer_norm":
        gamma, beta = gamma[:, None, None], beta[:, None, None]
    want = gamma * (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 0.1) + beta
    close(module.train()(torch.tensor(x, dtype=torch.float32)).detach().numpy(), want)
    if id == "batch_norm":
        close(module.running_mean.numpy(), 0.9 * 0 + 0.1 * x.mean(axes))


def test_group_norm_and_rms_norm() -> None:
    x = RANDOM.normal(size=(2, 6, 4))
    module = make("group_norm", num_channels=6, num_groups=2, eps=0.1)
    gamma, beta = (one[:, None] for one in weights(module).values())
    groups = x.reshape(2, 2, 12)
    scaled = (groups - groups.mean(2, keepdims=True)) / np.sqrt(groups.var(2, keepdims=True) + 0.1)
    close(run(module, x), gamma * scaled.reshape(x.shape) + beta)
    module = make("rms_norm", dim=4, eps=0.1)
    (gamma,) = weights(module).values()
    close(run(module, x), gamma * x / np.sqrt((x**2).sum(2, keepdims=True) / 4 + 0.1))


def image(x: Array, n: int, c: int, i: int, j: int) -> float:
    """x, and 0 outside."""
    inside = 0 <= i < x.shape[2] and 0 <= j < x.shape[3]
    return x[n, c, i, j] if inside else 0.0


def each(y: Array) -> itertools.product:
    return itertools.product(*map(range, y.shape))


def test_convolutions() -> None:
    x, k, s, d, p = RANDOM.normal(size=(1, 4, 6, 7)), 3, 2, 2, 1
    window = list(itertools.product(range(k), repeat=2))
    shared = {"in_channels": 4, "kernel_size": k, "stride": s, "dilation": d, "padding": p}

    module = make("conv2d", out_channels=6, groups=2, **shared)
    w, b = weights(module).values()
    y = run(module, x)
    for n, o, i, j in each(y):
        group = o // 3 * 2
        terms = (w[o, c, u, v] * image(x, n, group + c, s * i + d * u - p, s * j + d * v - p)
                 for c in range(2) for u, v in window)  # fmt: skip
        close(y[n, o, i, j], b[o] + sum(terms))

    module = make("depthwise_conv2d", multiplier=2, **shared)
    w, b = weights(module).values()
    y = run(module, x)
    for n, o, i, j in each(y):
        terms = (w[o, 0, u, v] * image(x, n, o // 2, s * i + d * u - p, s * j + d * v - p) for u, v in window)
        close(y[n, o, i, j], b[o] + sum(terms))

    module = make("separable_conv2d", out_channels=3, **shared)
    depthwise, pointwise, b = weights(module).values()
    y = run(module, x)
    for n, o, i, j in each(y):
        z = [sum(depthwise[c, 0, u, v] * image(x, n, c, s * i + d * u - p, s * j + d * v - p) for u, v in window)
             for c in range(4)]  # fmt: skip
        close(y[n, o, i, j], b[o] + pointwise[o, :, 0, 0] @ z)

    module = make("conv_transpose2d", out_channels=2, **shared)
    w, b = weights(module).values()
    y = run(module, x)
    for n, o, i, j in each(y):
        terms = (w[c, o, u, v] * x[n, c, m, q] for c in range(4) for u, v in window
                 for m in range(6) if s * m + d * u - p == i for q in range(7) if s * q + d * v - p == j)  # fmt: skip
        close(y[n, o, i, j], b[o] + sum(terms))


@pytest.mark.parametrize(("padding", "p"), [(1, 1), ("causal", 4)])
def test_conv1d(padding: int | str, p: int) -> None:
    x = RANDOM.normal(size=(1, 2, 9))
    module = make("conv1d", in_channels=2, out_channels=3, kernel_size=3, stride=2, dilation=2, padding=padding)
    w, b = weights(module).values()
    y = run(module, x)
    for n, o, t in each(y):
        terms = (w[o, c, u] * image(x[:, :, None], n, c, 0, 2 * t + 2 * u - p) for c in range(2) for u in range(3))
        close(y[n, o, t], b[o] + sum(terms))


def test_pools() -> None:
    x = RANDOM.normal(size=(1, 2, 7, 6))
    window = list(itertools.product(range(3), repeat=2))
    y = run(make("avg_pool2d", kernel_size=3, stride=2, padding=1), x)
    for n, c, i, j in each(y):
        close(y[n, c, i, j], sum(image(x, n, c, 2 * i + u - 1, 2 * j + v - 1) for u, v in window) / 9)
    y = run(make("max_pool2d", kernel_size=3, stride=2, padding=1, dilation=1), x)
    for n, c, i, j in each(y):
        places = ((2 * i + u - 1, 2 * j + v - 1) for u, v in window)
        close(y[n, c, i, j], max(x[n, c, a, b] for a, b in places if 0 <= a < 7 and 0 <= b < 6))
    y = run(make("adaptive_avg_pool2d", output_size=[4, 5]), x)
    for n, c, i, j in each(y):
        rows = slice(math.floor(i * 7 / 4), math.ceil((i + 1) * 7 / 4))
        columns = slice(math.floor(j * 6 / 5), math.ceil((j + 1) * 6 / 5))
        close(y[n, c, i, j], x[n, c, rows, columns].mean())
    close(run(make("global_avg_pool"), x), x.mean((2, 3)))
    close(run(make("global_max_pool"), x), x.max((2, 3)))
    close(run(make("mean_over", dim=2), x), x.mean(2))
    close(run(make("max_over", dim=2), x), x.max(2))
    y = run(make("upsample", scale=3), x)
    for n, c, i, j in each(y):
        close(y[n, c, i, j], x[n, c, i // 3, j // 3])


def test_matrices() -> None:
    x = RANDOM.normal(size=(2, 5))
    module = make("linear", in_features=5, out_features=3)
    w, b = weights(module).values()
    close(run(module, x), x @ w.T + b)
    module = make("mlp", in_features=5, activation="relu")
    w1, b1, w2, b2 = weights(module).values()
    assert len(w1) == 20
    close(run(module, x), np.maximum(x @ w1.T + b1, 0) @ w2.T + b2)
    module = make("layer_scale", dim=5)
    (gamma,) = weights(module).values()
    close(run(module, x), gamma * x)
    module = make("squeeze_excite", in_channels=4, reduction=2)
    w1, b1, w2, b2 = weights(module).values()
    x = RANDOM.normal(size=(2, 4, 3, 5))
    z = x.sum((2, 3)) / 15
    g = sigmoid(np.maximum(z @ w1[:, :, 0, 0].T + b1, 0) @ w2[:, :, 0, 0].T + b2)
    close(run(module, x), g[:, :, None, None] * x)


def test_recurrence() -> None:
    x = RANDOM.normal(size=(1, 4, 3))

    def read(id: str) -> tuple[Array, list[Array], list[Array], Array, Array]:
        module = make(id, input_size=3, hidden_size=2)
        w, u, b, c = weights(module).values()
        return run(module, x)[0], np.split(w, len(w) // 2), np.split(u, len(u) // 2), b, c

    y, (w,), (u,), b, c = read("rnn")
    h = np.zeros(2)
    for t in range(4):
        h = np.tanh(w @ x[0, t] + u @ h + b + c)
        close(y[t], h)

    y, (wi, wf, wg, wo), (ui, uf, ug, uo), b, c = read("lstm")
    h, cell = np.zeros(2), np.zeros(2)
    for t in range(4):
        bias = np.split(b + c, 4)
        i, f, o = (sigmoid(w @ x[0, t] + u @ h + bias[at]) for w, u, at in ((wi, ui, 0), (wf, uf, 1), (wo, uo, 3)))
        g = np.tanh(wg @ x[0, t] + ug @ h + bias[2])
        cell = f * cell + i * g
        h = o * np.tanh(cell)
        close(y[t], h)

    y, (wr, wz, wn), (ur, uz, un), b, c = read("gru")
    h = np.zeros(2)
    for t in range(4):
        br, bz, bn = np.split(b, 3)
        cr, cz, cn = np.split(c, 3)
        r = sigmoid(wr @ x[0, t] + ur @ h + br + cr)
        z = sigmoid(wz @ x[0, t] + uz @ h + bz + cz)
        n = np.tanh(wn @ x[0, t] + bn + r * (un @ h + cn))
        h = (1 - z) * n + z * h
        close(y[t], h)


def test_rearrangements() -> None:
    x = RANDOM.normal(size=(1, 6, 2, 3))
    y = run(make("channel_shuffle", groups=2), x)
    for i, j in itertools.product(range(2), range(3)):
        close(y[0, j * 2 + i], x[0, i * 3 + j])
    y = run(make("flatten"), x)
    for c, i, j in each(x[0]):
        close(y[0, (c * 2 + i) * 3 + j], x[0, c, i, j])
    y = run(make("pad_channels", channels=9), x)
    close(y[0], np.stack([x[0, c - 1] if 1 <= c < 7 else 0 * x[0, 0] for c in range(9)]))
    order = (3, 1, 2)
    y = run(make("permute", order=order), x)
    for index in each(x[0]):
        close(y[0][tuple(index[dim - 1] for dim in order)], x[0][index])


def test_tokens() -> None:
    x = RANDOM.normal(size=(1, 4, 6))
    module = make("attention_pool", dim=6)
    w, b, v = weights(module).values()
    s = np.tanh(x[0] @ w.T + b) @ v[0]
    close(run(module, x)[0], (np.exp(s) / np.exp(s).sum()) @ x[0])
    y = run(make("sinusoidal_positions", length=4, dim=6, base=100, scale=0.5), x)
    for t, i in itertools.product(range(4), range(3)):
        close(y[0, t, 2 * i], x[0, t, 2 * i] + 0.5 * math.sin(t / 100 ** (2 * i / 6)))
        close(y[0, t, 2 * i + 1], x[0, t, 2 * i + 1] + 0.5 * math.cos(t / 100 ** (2 * i / 6)))
