"""Parameters, multiply-adds and shapes against formulas worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from models_core.declare import Window, torch_call

from .samples import make


def count(id: str, **params: Any) -> int:
    return sum(p.numel() for p in make(id, **params).parameters())


@pytest.mark.parametrize(
    ("id", "params", "want"),
    [
        ("linear", {"in_features": 5, "out_features": 7}, 5 * 7 + 7),
        ("linear", {"in_features": 5, "out_features": 7, "bias": False}, 5 * 7),
        ("conv1d", {"in_channels": 4, "out_channels": 6, "kernel_size": 5}, 4 * 6 * 5 + 6),
        ("conv2d", {"in_channels": 4, "out_channels": 6, "kernel_size": [3, 5]}, 4 * 6 * 15 + 6),
        ("conv2d", {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "groups": 2}, 2 * 6 * 9 + 6),
        ("depthwise_conv2d", {"in_channels": 4, "kernel_size": 3, "multiplier": 2}, 8 * 9 + 8),
        ("separable_conv2d", {"in_channels": 4, "out_channels": 6}, 4 * 9 + 4 * 6 + 6),
        ("conv_transpose2d", {"in_channels": 4, "out_channels": 6, "kernel_size": 2}, 4 * 6 * 4 + 6),
        ("embedding", {"num_embeddings": 100, "embedding_dim": 16}, 1600),
        ("learned_positions", {"length": 20, "dim": 16}, 320),
        ("sinusoidal_positions", {"length": 20, "dim": 16}, 0),
        ("class_token", {"dim": 16}, 16),
        ("patch_embed", {"in_channels": 3, "dim": 16, "patch_size": 4}, 3 * 16 * 16 + 16),
        ("attention_pool", {"dim": 16}, 16 * 16 + 16 + 16),
        ("batch_norm", {"num_features": 16}, 32),
        ("layer_norm", {"dim": 16}, 32),
        ("group_norm", {"num_channels": 16}, 32),
        ("instance_norm", {"num_features": 16}, 0),
        ("rms_norm", {"dim": 16}, 16),
        ("layer_scale", {"dim": 16}, 16),
        ("self_attention", {"dim": 16, "heads": 4}, 4 * 16 * 16 + 4 * 16),
        ("self_attention", {"dim": 16, "heads": 4, "qkv_bias": False}, 4 * 16 * 16 + 16),
        ("block_attention", {"dim": 16, "blocks": 3, "heads": 4}, 4 * 16 * 16 + 4 * 16),
        ("relative_bias_attention", {"length": 6, "dim": 16, "heads": 4, "rows": 2}, 4 * 16 * 17 + 4 * 3 * 5),
        ("cross_attention", {"dim": 16, "context_dim": 24, "heads": 4}, 2 * (16 * 16 + 16) + 2 * (24 * 16 + 16)),
        ("mlp", {"in_features": 16}, 2 * 16 * 64 + 64 + 16),
        ("mlp", {"in_features": 16, "hidden_features": 10, "out_features": 3}, 16 * 10 + 10 + 10 * 3 + 3),
        ("glu_mlp", {"in_features": 24}, 3 * 24 * 64),
        ("squeeze_excite", {"in_channels": 32, "reduction": 16}, 2 * 32 * 2 + 2 + 32),
        ("rnn", {"input_size": 5, "hidden_size": 7}, 5 * 7 + 7 * 7 + 2 * 7),
        ("gru", {"input_size": 5, "hidden_size": 7, "bidirectional": True}, 2 * 3 * (5 * 7 + 7 * 7 + 2 * 7)),
        ("lstm", {"input_size": 5, "hidden_size": 7, "num_layers": 2}, 4 * (5 * 7 + 7 * 7 + 14 + 2 * 7 * 7 + 14)),
        ("constant", {"shape": [2, 3], "learned": True}, 6),
        ("constant", {"shape": [2, 3]}, 0),
    ],
)
def test_parameters(id: str, params: dict[str, Any], want: int) -> None:
    assert count(id, **params) == want


@pytest.mark.parametrize(
    ("id", "params", "shapes", "want"),
    [
        ("self_attention", {"dim": 8, "heads": 2}, [(1, 6, 8)], 4 * 6 * 8 * 8 + 2 * 6 * 6 * 8),
        ("block_attention", {"dim": 8, "blocks": 2, "heads": 2}, [(1, 6, 8)], 4 * 6 * 8 * 8 + 2 * 6 * 3 * 8),
        ("cross_attention", {"dim": 8, "context_dim": 12, "heads": 2}, [(1, 6, 8), (1, 5, 12)],
         2 * 6 * 64 + 2 * 5 * 12 * 8 + 2 * 6 * 5 * 8),
        ("attention_pool", {"dim": 8}, [(1, 6, 8)], 6 * 64 + 6 * 8 + 6 * 8),
        ("rnn", {"input_size": 5, "hidden_size": 7}, [(1, 6, 5)], 6 * 7 * (5 + 7)),
        ("gru", {"input_size": 5, "hidden_size": 7, "bidirectional": True}, [(1, 6, 5)], 2 * 3 * 6 * 7 * (5 + 7)),
        ("lstm", {"input_size": 5, "hidden_size": 7, "num_layers": 2}, [(1, 6, 5)], 4 * 6 * 7 * (5 + 7 + 7 + 7)),
        ("lstm", {"input_size": 5, "hidden_size": 7, "num_layers": 2, "bidirectional": True}, [(1, 6, 5)],
         2 * 4 * 6 * 7 * (5 + 7 + 14 + 7)),
    ],
)  # fmt: skip
def test_declared_cost(id: str, params: dict[str, Any], shapes: list[tuple[int, ...]], want: int) -> None:
    assert make(id, **params).cost(shapes) == want


@pytest.mark.parametrize("size", [1, 7, 8, 15, 16])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 3, 7])
def test_padding_same_divides_the_size_by_the_stride(size: int, stride: int, kernel: int) -> None:
    for id in ("conv2d", "depthwise_conv2d", "separable_conv2d"):
        module = make(id, in_channels=2, kernel_size=kernel, stride=stride)
        assert module(torch.randn(1, 2, size, size)).shape[2:] == (-(-size // stride),) * 2
    module = make("conv1d", in_channels=2, kernel_size=kernel, stride=stride)
    assert module(torch.randn(1, 2, size)).shape[2] == -(-size // stride)


def test_padding_same_with_an_even_kernel() -> None:
    assert make("conv2d", in_channels=2, kernel_size=4)(torch.randn(1, 2, 9, 9)).shape[2:] == (9, 9)
    with pytest.raises(ValueError, match=r"kernel 4 × 4 and stride 2 × 2 .* odd kernel"):
        make("conv2d", kernel_size=4, stride=2)


@pytest.mark.parametrize("id", ["batch_norm", "instance_norm"])
@pytest.mark.parametrize("rank", [2, 3, 4, 5])
def test_norm_of_any_rank_is_torchs(id: str, rank: int) -> None:
    if id == "instance_norm" and rank == 2:
        return
    x = torch.randn(4, 6, *(5, 4, 3)[: rank - 2])
    module = make(id, num_features=6)
    call = torch_call(module, [x.shape])
    assert call is not None
    assert call.name.endswith({2: "1d", 3: "1d", 4: "2d", 5: "3d"}[rank])
    twin = call.build()
    twin.load_state_dict(module.state_dict())
    for training in (True, False):
        assert torch.equal(module.train(training)(x), twin.train(training)(x))
    assert [*module.state_dict()] == [*twin.state_dict()]


def test_batch_norm_remembers_statistics_only_in_training() -> None:
    module = make("batch_norm", num_features=2)
    x = torch.tensor([[1.0, 10.0], [3.0, 30.0]])
    module.eval()(x)
    assert module.num_batches_tracked == 0
    module.train()(x)
    torch.testing.assert_close(module.running_mean, torch.tensor([0.2, 2.0]))
    torch.testing.assert_close(module.running_var, torch.tensor([0.9 + 0.1 * 2, 0.9 + 0.1 * 200]))


def test_layer_norm2d_normalises_channels() -> None:
    x = torch.randn(2, 8, 3, 3) * 5 + 2
    out = make("layer_norm2d", num_channels=8)(x)
    torch.testing.assert_close(out.mean(1), torch.zeros(2, 3, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(out.var(1, unbiased=False), torch.ones(2, 3, 3), atol=1e-4, rtol=0)


def test_windows() -> None:
    assert make("conv2d", kernel_size=[3, 5], stride=2, dilation=2).window() == Window((3, 5), (2, 2), (2, 2))
    assert make("max_pool2d", kernel_size=3, stride=2).window() == Window((3, 3), (2, 2), (1, 1))
    assert make("avg_pool2d", kernel_size=3).window() == Window((3, 3), (3, 3), (1, 1))
    assert make("upsample", scale=4).window() == Window((1, 1), (0.25, 0.25), (1, 1))
    assert make("conv_transpose2d", kernel_size=4, stride=2).window() == Window((2, 2), (0.5, 0.5), (1, 1))
    assert make("patch_embed", patch_size=4).window() == Window((4, 4), (4, 4), (1, 1))


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_window_of_a_transposed_convolution_covers_what_an_output_sees(kernel: int, stride: int) -> None:
    module = make("conv_transpose2d", in_channels=1, out_channels=1, kernel_size=kernel, stride=stride)
    nn.init.ones_(module.weight)
    x = torch.randn(1, 1, 9, 9, requires_grad=True)
    out = module(x)
    middle = out.shape[-1] // 2
    seen = []
    for row in range(middle, middle + stride):
        (grad,) = torch.autograd.grad(out[0, 0, row, middle], x, retain_graph=True)
        seen.append(int((grad[0, 0].abs().sum(1) > 0).sum()))
    assert max(seen) == module.window().kernel[0]
