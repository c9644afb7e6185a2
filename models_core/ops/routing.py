"""Sending each token to the few experts that suit it best: mixtures of experts, of heads, of memories.

There are two ways to the same numbers. Where shapes must be known beforehand (export, analysis on the meta device,
compilation) every expert sees every token and gates of zero drop what was not chosen: the dense reference. Elsewhere
each expert sees only its own tokens. Tests hold the two equal, forward and backward.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class Routes(NamedTuple):
    """Per token the experts it goes to and what each counts: both T k."""

    gates: Tensor
    experts: Tensor


def route(scores: Tensor, k: int, *, normalise: bool = False) -> Routes:
    """The k best of T n scores (probabilities); with `normalise` the gates of a token are scaled to sum to 1."""
    gates, experts = scores.topk(k, dim=-1)
    return Routes(gates / gates.sum(-1, keepdim=True) if normalise else gates, experts)


def dense_gates(routes: Routes, n: int) -> Tensor:
    """T n: the gate of every expert, zero where it was not chosen."""
    empty = torch.zeros(routes.gates.shape[0], n, dtype=routes.gates.dtype, device=routes.gates.device)
    return empty.scatter(1, routes.experts, routes.gates)


def must_be_static(x: Tensor) -> bool:
    """Whether shapes may not depend on values here, so that the dense reference is taken."""
    return x.is_meta or torch.compiler.is_compiling() or torch.compiler.is_exporting()


def mixture(x: Tensor, routes: Routes, n: int, expert: Callable[[int, Tensor], Tensor]) -> Tensor:
    """T D -> T D': for each token the sum of its experts' answers times their gates; `expert(e, tokens)` answers."""
    if must_be_static(x):
        return dense_mixture(x, routes, n, expert)
    return sparse_mixture(x, routes, n, expert)


def dense_mixture(x: Tensor, routes: Routes, n: int, expert: Callable[[int, Tensor], Tensor]) -> Tensor:
    """`mixture` with every token through every expert."""
    gates = dense_gates(routes, n)
    total = gates[:, :1] * expert(0, x)
    for e in range(1, n):
        total = total + gates[:, e : e + 1] * expert(e, x)
    return total


def sparse_mixture(x: Tensor, routes: Routes, n: int, expert: Callable[[int, Tensor], Tensor]) -> Tensor:
    """`mixture` with each token through its own experts only."""
    tokens, starts, order = _by_expert(routes.experts, n)
    gates = routes.gates.flatten()[order]
    rows = x[tokens]
    answers = [
        expert(e, rows[start:end]) * gates[start:end, None] for e, (start, end) in enumerate(itertools.pairwise(starts))
    ]
    joined = torch.cat(answers)
    return joined.new_zeros(x.shape[0], joined.shape[1]).index_add(0, tokens, joined)


def chosen_linear(x: Tensor, experts: Tensor, weight: Tensor) -> Tensor:
    """T k D times the matrix of each one's expert, weight n D H -> T k H; every matrix is used once."""
    n = weight.shape[0]
    _, starts, order = _by_expert(experts, n)
    rows = x.flatten(0, 1)[order]
    made = [rows[start:end] @ weight[e] for e, (start, end) in enumerate(itertools.pairwise(starts))]
    joined = torch.cat(made)
    back = torch.empty_like(order).scatter(0, order, torch.arange(len(order), device=order.device))
    return joined[back].unflatten(0, experts.shape)


def _by_expert(experts: Tensor, n: int) -> tuple[Tensor, list[int], Tensor]:
    """Of T k choices sorted by expert: the token of each, where each expert's begin, and the order itself."""
    order = experts.flatten().argsort(stable=True)
    counts = torch.bincount(experts.flatten(), minlength=n).tolist()
    starts = [0]
    for count in counts:
        starts.append(starts[-1] + int(count))
    return order // experts.shape[1], starts, order


def balance_loss(scores: Tensor, experts: Tensor) -> Tensor:
    """n times the sum over experts of the share of choices and the mean probability: 1 where all are used alike.

    `scores` are T n probabilities, `experts` T k. The share has no gradient; the probabilities carry it.
    """
    n = scores.shape[1]
    chosen = torch.zeros_like(scores).scatter(1, experts, torch.ones_like(experts, dtype=scores.dtype))
    share = chosen.mean(0) / experts.shape[1]
    return n * (share.detach() * scores.mean(0)).sum()
