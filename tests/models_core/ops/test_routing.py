"""Routing: the sparse path beside the dense reference, forward and backward."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from models_core.ops import routing

TOKENS, DIM, WIDE, N = 40, 6, 5, 7


def setup(k: int) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(k)
    x = torch.randn(TOKENS, DIM, dtype=torch.float64, requires_grad=True)
    scores = torch.randn(TOKENS, N, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(N, DIM, WIDE, dtype=torch.float64, requires_grad=True)
    return x, scores, weight


@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("k", [1, 2, 4, N])
def test_sparse_is_dense_forward_and_backward(k: int, normalise: bool) -> None:
    found = []
    for mixed in (routing.dense_mixture, routing.sparse_mixture):
        x, scores, weight = setup(k)
        routes = routing.route(scores.softmax(-1), k, normalise=normalise)
        y = mixed(x, routes, N, lambda e, rows, weight=weight: (rows @ weight[e]).tanh())
        y.square().sum().backward()
        found.append((y, x.grad, scores.grad, weight.grad))
    for dense, sparse in zip(*found, strict=True):
        torch.testing.assert_close(sparse, dense, rtol=1e-12, atol=1e-12)


def test_experts_that_nobody_picks_get_no_gradient() -> None:
    x, _, weight = setup(1)
    scores = torch.zeros(TOKENS, N, dtype=torch.float64)
    scores[:, 3] = 1
    y = routing.sparse_mixture(x, routing.route(scores, 1), N, lambda e, rows: rows @ weight[e])
    y.sum().backward()
    assert weight.grad is not None
    assert [bool(part.abs().sum() > 0) for part in weight.grad] == [e == 3 for e in range(N)]
    torch.testing.assert_close(y, x @ weight[3])


@pytest.mark.parametrize("k", [1, 3])
def test_chosen_linear_uses_each_ones_matrix(k: int) -> None:
    x, scores, weight = setup(k)
    experts = routing.route(scores, k).experts
    slots = x[:, None].expand(-1, k, -1)
    expected = torch.einsum("tkd,tkdh->tkh", slots, weight[experts])
    torch.testing.assert_close(routing.chosen_linear(slots, experts, weight), expected)


def test_balance_is_one_where_use_is_even_and_n_where_one_does_all() -> None:
    even = torch.eye(N).repeat(3, 1)
    assert routing.balance_loss(even, even.argmax(-1, keepdim=True)).item() == pytest.approx(1)
    lone = torch.eye(N)[:1].repeat(9, 1)
    assert routing.balance_loss(lone, lone.argmax(-1, keepdim=True)).item() == pytest.approx(N)


def test_balance_pushes_down_what_is_used_most() -> None:
    scores = torch.zeros(12, 3, requires_grad=True)
    experts = torch.zeros(12, 1, dtype=torch.int64)
    routing.balance_loss(scores.softmax(-1), experts).backward()
    assert scores.grad is not None
    assert (scores.grad[:, 0] > 0).all()
    assert (scores.grad[:, 1:] < 0).all()


def test_static_where_shapes_must_be_known() -> None:
    x = torch.empty(4, DIM, device="meta")
    routes = routing.route(torch.empty(4, N, device="meta"), 2)
    assert routing.mixture(x, routes, N, lambda e, rows: rows).shape == (4, DIM)
