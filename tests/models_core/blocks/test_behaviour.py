"""What single blocks promise beyond shapes."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from .samples import make


def changed_positions(module: torch.nn.Module, x: Tensor, at: int, dim: int) -> set[int]:
    """Where the output changes when the input changes at one position."""
    other = x.clone()
    other.select(dim, at).add_(1.0)
    difference = (module(x) - module(other)).abs().transpose(dim, -1).flatten(0, -2).amax(0)
    return set(torch.nonzero(difference > 1e-6).flatten().tolist())


@pytest.mark.parametrize(
    ("id", "params", "shape", "dim"),
    [
        ("self_attention", {"dim": 8, "heads": 2, "causal": True}, (2, 7, 8), 1),
        ("conv1d", {"in_channels": 8, "kernel_size": 3, "padding": "causal", "dilation": 2}, (2, 8, 7), 2),
        ("gru", {"input_size": 8, "hidden_size": 4}, (2, 7, 8), 1),
    ],
)
def test_causal_blocks_do_not_see_the_future(id: str, params: dict, shape: tuple[int, ...], dim: int) -> None:
    module = make(id, **params).eval()
    x = torch.randn(shape)
    for at in range(7):
        touched = changed_positions(module, x, at, dim)
        assert at in touched
        assert min(touched) == at


def test_causal_attention_with_a_mask_does_not_see_the_future() -> None:
    module = make("self_attention", dim=8, heads=2, causal=True).eval()
    x, mask = torch.randn(2, 7, 8), torch.tensor([[1, 1, 1, 1, 1, 0, 0], [1] * 7])
    later = x.clone()
    later[:, 4:] += 1
    torch.testing.assert_close(module(x, mask)[:, :4], module(later, mask)[:, :4])
    torch.testing.assert_close(module(x, mask)[1], module(x)[1])


def test_blocks_that_do_not_divide_the_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="4 blocks do not divide 6 tokens; choose a number that does"):
        make("block_attention", dim=8, blocks=4)(torch.randn(1, 6, 8))


def test_attention_that_is_not_causal_sees_everything() -> None:
    module = make("self_attention", dim=8, heads=2).eval()
    assert changed_positions(module, torch.randn(2, 7, 8), 6, 1) == set(range(7))


def test_attention_against_the_formula() -> None:
    module = make("self_attention", dim=8, heads=2).eval()
    x = torch.randn(3, 5, 8)
    q, k, v = module.qkv(x).chunk(3, dim=-1)
    heads = []
    for part in (slice(0, 4), slice(4, 8)):
        scores = q[..., part] @ k[..., part].transpose(1, 2) / math.sqrt(4)
        heads.append(scores.softmax(-1) @ v[..., part])
    torch.testing.assert_close(module(x), module.proj(torch.cat(heads, -1)))


def test_attention_leaves_padding_out() -> None:
    x, mask = torch.randn(2, 6, 8), torch.tensor([[5, 7, 1, 0, 0, 0], [1] * 6])
    inner = make("self_attention", dim=8, heads=2).eval()
    torch.testing.assert_close(inner(x, mask)[0, :3], inner(x[:1, :3])[0])
    cross = make("cross_attention", dim=8, context_dim=8, heads=2).eval()
    torch.testing.assert_close(cross(x, x, mask)[0], cross(x[:1], x[:1, :3])[0])
    for module in (make("attention_pool", dim=8), *(make("token_pool", kind=kind) for kind in ("mean", "max", "last"))):
        torch.testing.assert_close(module(x, mask)[0], module(x[:1, :3])[0])
        torch.testing.assert_close(module(x, mask)[1], module(x)[1])


def test_a_sequence_of_padding_alone_gives_finite_numbers() -> None:
    x, mask = torch.randn(2, 6, 8), torch.zeros(2, 6, dtype=torch.int64)
    blocks = [make("self_attention", dim=8), make("attention_pool", dim=8)]
    blocks += [make("token_pool", kind=kind) for kind in ("mean", "max", "first", "last")]
    for module in blocks:
        assert module(x, mask).isfinite().all()
    assert torch.equal(make("token_pool", kind="mean")(x, mask), x[:, 0])


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    out = make("dropout", p=0.3).train()(torch.ones(100_000))
    assert abs((out == 0).float().mean() - 0.3) < 0.01
    assert abs(out.mean() - 1) < 0.02
    assert torch.equal(make("dropout", p=0.3).eval()(torch.ones(10)), torch.ones(10))


def test_dropout2d_drops_whole_channels() -> None:
    torch.manual_seed(0)
    out = make("dropout2d", p=0.3).train()(torch.ones(100, 100, 4, 4)).flatten(2)
    assert ((out == 0).all(2) | (out > 0).all(2)).all()
    assert abs((out[..., 0] == 0).float().mean() - 0.3) < 0.02


def test_drop_path_drops_whole_samples_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    module = make("drop_path", p=0.25).train()
    out = module(torch.ones(20_000, 3, 2)).flatten(1)
    assert ((out == 0).all(1) | (out > 0).all(1)).all()
    assert abs((out[:, 0] == 0).float().mean() - 0.25) < 0.015
    assert abs(out.mean() - 1) < 0.03
    assert torch.equal(module.eval()(torch.ones(4, 2)), torch.ones(4, 2))


@pytest.mark.parametrize("id", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_last_is_what_each_direction_ends_with(id: str, bidirectional: bool) -> None:
    params = {"input_size": 5, "hidden_size": 4, "bidirectional": bidirectional, "num_layers": 2}
    sequence, last = make(id, **params), make(id, output="last", **params)
    assert sequence.state_dict().keys() == last.state_dict().keys()
    x = torch.randn(3, 6, 5)
    every, end = sequence(x), last(x)
    assert every.shape == (3, 6, 8 if bidirectional else 4)
    assert torch.equal(end[:, :4], every[:, -1, :4])
    if bidirectional:
        assert torch.equal(end[:, 4:], every[:, 0, 4:])
    states = super(type(last), last).forward(x)[1]
    final = states[0] if id == "lstm" else states
    top = torch.cat((final[-2], final[-1]), 1) if bidirectional else final[-1]
    torch.testing.assert_close(end, top)


def test_positions() -> None:
    zeros = torch.zeros(2, 5, 8)
    table = make("sinusoidal_positions", length=5, dim=8)(zeros)
    torch.testing.assert_close(table[0, :, 0], torch.arange(5).sin())
    torch.testing.assert_close(table[0, :, 1], torch.arange(5).cos())
    torch.testing.assert_close(table[1, 3, 6], torch.tensor(3 / 10000 ** (6 / 8)).sin())
    learned = make("learned_positions", length=5, dim=8)
    assert torch.equal(learned(zeros[:, :3]), learned.weight[:, :3].expand(2, -1, -1))
    assert make("sinusoidal_positions", length=5, dim=7)(torch.zeros(1, 5, 7)).shape == (1, 5, 7)
    for id in ("learned_positions", "sinusoidal_positions"):
        with pytest.raises(ValueError, match="6 is longer than the 5 positions; raise length"):
            make(id, length=5, dim=8)(torch.zeros(1, 6, 8))


def test_class_token_and_patches() -> None:
    x = torch.randn(2, 5, 8)
    first, last = make("class_token", dim=8), make("class_token", dim=8, where="last")
    assert torch.equal(first(x)[:, 1:], x)
    assert torch.equal(last(x)[:, :-1], x)
    patches = make("patch_embed", in_channels=1, dim=4, patch_size=2)
    image = torch.arange(16.0).view(1, 1, 4, 4)
    want = patches.proj.weight.flatten(1) @ torch.tensor([2.0, 3.0, 6.0, 7.0]) + patches.proj.bias
    torch.testing.assert_close(patches(image)[0, 1], want)
    with pytest.raises(ValueError, match="2 × 2 do not fill an image of 5 × 4"):
        patches(torch.zeros(1, 1, 5, 4))


def test_shapes_are_rearranged_as_described() -> None:
    x = torch.arange(24.0).view(1, 2, 3, 4)
    assert torch.equal(make("permute", order=[3, 1, 2])(x), x.permute(0, 3, 1, 2))
    assert make("reshape", shape=[4, -1])(x).shape == (1, 4, 6)
    first, second = make("split", dim=-1)(x)
    assert torch.equal(torch.cat((first, second), -1), x)
    assert first.shape[-1] == 2
    first, second = make("split", dim=2, size=1)(x)
    assert (first.shape[2], second.shape[2]) == (1, 2)
    shuffled = make("channel_shuffle", groups=2)(torch.arange(6.0).view(1, 6, 1))
    assert shuffled.flatten().tolist() == [0, 3, 1, 4, 2, 5]
    assert torch.equal(make("concat", dim=2)(x, x), torch.cat((x, x), 2))
    assert make("mean_over", dim=-1, keepdim=True)(x).shape == (1, 2, 3, 1)
    assert torch.equal(make("max_over", dim=2)(x), x.amax(2))
    torch.testing.assert_close(make("global_avg_pool")(x), x.mean((2, 3)))


def test_joining() -> None:
    a, b = torch.randn(2, 3, 4), torch.randn(2, 1, 4)
    torch.testing.assert_close(make("add")(a, b, a), 2 * a + b)
    torch.testing.assert_close(make("multiply")(a, b), a * b)
    for id in ("add", "multiply", "concat"):
        with pytest.raises(ValueError, match=r"\[3, 4\] and \[4\].* to 2 dims first"):
            make(id)(a, torch.randn(2, 4))


def test_joining_does_not_change_what_came_in() -> None:
    a, b = torch.randn(2, 3), torch.randn(2, 3)
    before = a.clone(), b.clone()
    make("add")(a, b)
    make("multiply")(a, b)
    make("relu")(a)
    make("drop_path").train()(b)
    assert torch.equal(a, before[0])
    assert torch.equal(b, before[1])


def test_constant() -> None:
    out = make("constant", shape=[2, 3], value=0.5)(torch.zeros(4, 7))
    assert torch.equal(out, torch.full((4, 2, 3), 0.5))


def test_embedding_of_padding_is_zero() -> None:
    module = make("embedding", num_embeddings=10, embedding_dim=4, padding_idx=0, init_std=0.02)
    assert module(torch.tensor([[0]])).abs().sum() == 0
    assert 0.005 < module.weight[1:].std() < 0.05


@pytest.mark.parametrize(
    ("gate", "function"),
    [("swiglu", torch.nn.SiLU()), ("geglu", torch.nn.GELU()), ("reglu", torch.nn.ReLU()), ("glu", torch.nn.Sigmoid())],
)
def test_glu_variants_against_the_formula(gate: str, function: torch.nn.Module) -> None:
    module = make("glu_mlp", in_features=6, hidden_features=4, gate=gate)
    x = torch.randn(2, 6)
    w, v = module.fc1.weight.chunk(2)
    torch.testing.assert_close(module(x), (function(x @ w.T) * (x @ v.T)) @ module.fc2.weight.T)


@pytest.mark.parametrize(
    ("id", "params", "message"),
    [
        ("conv2d", {"in_channels": 6, "groups": 4}, "4 groups do not divide the 6 channels that come in"),
        ("conv_transpose2d", {"output_padding": 2}, "use at most 1"),
        ("max_pool2d", {"kernel_size": 2, "padding": 2}, "use at most 1"),
        ("self_attention", {"dim": 10, "heads": 4}, "4 heads do not divide 10 features"),
        ("cross_attention", {"dim": 10, "heads": 4}, "4 heads do not divide 10 features"),
        ("group_norm", {"num_channels": 10, "num_groups": 4}, "choose a divisor"),
        ("embedding", {"num_embeddings": 10, "padding_idx": 10}, "choose one from 0 to 9"),
        ("constant", {"shape": [65536, 65536]}, "at most 16777216"),
        ("reshape", {"shape": [-1, -1]}, "at most one"),
        ("permute", {"order": [1, 1]}, "exactly once"),
        ("softmax", {"dim": 0}, "dim 0 is the batch"),
        ("mean_over", {"dim": 0}, "dim 0 is the batch"),
        ("gru", {"dropout": 0.5}, "use more layers or a dropout block"),
    ],
)
def test_impossible_parameters_are_refused_with_a_remedy(id: str, params: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(id, **params)


def test_split_with_nothing_left_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves nothing"):
        make("split", dim=1, size=3)(torch.zeros(1, 3))
