"""Loops over time: linear recurrences and softmax over prefixes, for whole sequences at once and step by step.

In eager mode a sequence is cut into chunks that are worked through side by side. On export the loop is written as one
`scan` operator, which goes through the steps one after another for a sequence of any length.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch._higher_order_ops.scan import scan_op

CHUNK = 16
"""Steps of a chunk: all chunks take a step at once, so a long sequence costs some 16 steps per power of 16."""

Pair = tuple[Tensor, Tensor]
"""A complex tensor as its real and its imaginary part."""


def linear_scan(gates: Tensor, terms: Tensor, initial: Tensor | None = None) -> Tensor:
    """Every state of s_t = gates_t * s_(t-1) + terms_t, from `initial` (N ..., or zero).

    Terms are N L ..., gates the same or with dims of size 1 where they are shared; the result has the terms' shape. The
    work is linear in L, and no quotient is taken: gates of 0 and of 1 are exact.
    """
    gates = gates.to(terms.dtype)
    start = torch.zeros_like(terms[:, 0]) if initial is None else initial.to(terms.dtype).expand_as(terms[:, 0])
    if torch.compiler.is_exporting():
        return scan_steps(_linear_step, (start,), (gates.expand(-1, terms.shape[1], *gates.shape[2:]), terms))[0]
    if terms.is_meta:
        return gates * terms
    gates = gates.expand(gates.shape[0], terms.shape[1], *gates.shape[2:])
    return _Linear.apply(gates, terms, start)


def complex_scan(gates: Pair, terms: Pair, initial: Pair | None = None) -> Pair:
    """`linear_scan` of complex numbers, each given and returned as two real tensors."""
    if torch.compiler.is_exporting():
        start = tuple(torch.zeros_like(part[:, 0]) for part in terms) if initial is None else initial
        long = tuple(part.expand(-1, terms[0].shape[1], *part.shape[2:]) for part in gates)
        real, imag = scan_steps(_complex_step, start, (*long, *terms))
        return real, imag
    started = None if initial is None else torch.complex(*initial)
    states = linear_scan(torch.complex(*gates), torch.complex(*terms), started)
    return states.real, states.imag


def softmax_scan(scores: Tensor, values: Tensor) -> Tensor:
    """The average of the values so far, weighted by the softmax of the scores so far, at every step.

    Scores N L ..., values N L ... D -> N L ... D. A running maximum keeps every exponent at 0 or below, so that scores
    of any size are safe; numerator and denominator are linear recurrences whose gates are the steps of that maximum.
    """
    if torch.compiler.is_exporting():
        state = softmax_state(scores[:, 0], values[:, 0])
        return scan_steps(_softmax_step, state, (scores, values))[0]
    # The result does not depend on the maximum, so no gradient goes through it.
    largest = torch.cummax(scores.detach(), 1).values if not scores.is_meta else scores.detach()
    before = torch.cat((largest[:, :1], largest[:, :-1]), 1)
    gates, weights = (before - largest).exp().unsqueeze(-1), (scores - largest).exp().unsqueeze(-1)
    sums = linear_scan(gates, torch.cat((weights * values, weights), -1))
    return sums[..., :-1] / sums[..., -1:]


Summed = tuple[Tensor, Tensor, Tensor]
"""What softmax over a part of a sequence comes to: its largest score, numerator and denominator."""


def softmax_state(score: Tensor, value: Tensor) -> Summed:
    """That of no steps at all, for a score N ... and a value N ... D like those to come."""
    lowest = torch.full_like(score, -1e30)
    return lowest, torch.zeros_like(value), torch.zeros_like(score)


def softmax_join(left: Summed, right: Summed) -> Summed:
    """That of two parts together; it is associative, so parts may be joined in any grouping."""
    largest = torch.maximum(left[0], right[0])
    one, two = (left[0] - largest).exp(), (right[0] - largest).exp()
    numerator = one.unsqueeze(-1) * left[1] + two.unsqueeze(-1) * right[1]
    return largest, numerator, one * left[2] + two * right[2]


def softmax_step(score: Tensor, value: Tensor, state: Summed) -> tuple[Tensor, Summed]:
    """The average with one more score and value, and the state to go on from."""
    state = softmax_join(state, (score, value, torch.ones_like(score)))
    return state[1] / state[2].unsqueeze(-1), state


def scan_steps(step: Any, state: tuple[Tensor, ...], xs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What `step(state, x_t) -> (state, outputs)` gives out at every step, for tensors N L ..., one after the other.

    The sequential form of any recurrence; on export it is the `scan` operator. No output may be one of its inputs.
    """
    if not torch.compiler.is_exporting():
        rows = []
        for at in range(xs[0].shape[1]):
            state, outputs = step(state, tuple(x[:, at] for x in xs))
            rows.append(outputs)
        return tuple(torch.stack(column, 1) for column in zip(*rows, strict=True))
    kept = len(state)

    def flat(*args: Tensor) -> list[Tensor]:
        after, outputs = step(args[:kept], args[kept:])
        return [*after, *(output.clone() for output in outputs)]

    # Not torch's `scan` itself: that traces by dynamo, which fixes the length of the sequence.
    steps: Any = scan_op(flat, [part.clone() for part in state], [x.transpose(0, 1) for x in xs], additional_inputs=())
    return tuple(output.transpose(0, 1) for output in steps[kept:])


def _linear_step(state: tuple[Tensor, ...], x: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    after = x[0] * state[0] + x[1]
    return (after,), (after,)


def _complex_step(state: tuple[Tensor, ...], x: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    real = x[0] * state[0] - x[1] * state[1] + x[2]
    imag = x[0] * state[1] + x[1] * state[0] + x[3]
    return (real, imag), (real, imag)


def _softmax_step(state: tuple[Tensor, ...], x: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    average, after = softmax_step(x[0], x[1], (state[0], state[1], state[2]))
    return after, (average,)


class _Linear(torch.autograd.Function):
    """The recurrence with its gradient, which is the same recurrence backwards in time."""

    @staticmethod
    def forward(ctx: Any, gates: Tensor, terms: Tensor, initial: Tensor) -> Tensor:
        states = _chunked(gates, terms, initial)
        ctx.save_for_backward(gates, states, initial)
        return states

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        gates, states, initial = ctx.saved_tensors
        later = torch.cat((gates[:, 1:], torch.zeros_like(gates[:, :1])), 1).conj().resolve_conj()
        to_terms = _Linear.apply(later.flip(1), grads[0].flip(1), torch.zeros_like(initial)).flip(1)
        before = torch.cat((initial.unsqueeze(1), states[:, :-1]), 1)
        to_gates = (to_terms * before.conj()).sum_to_size(gates.shape)
        return to_gates, to_terms, gates[:, 0].conj() * to_terms[:, 0]


def _chunked(gates: Tensor, terms: Tensor, initial: Tensor) -> Tensor:
    """All states: those of each chunk from zero first, then what each chunk is handed by the one before."""
    length = terms.shape[1]
    states = torch.empty_like(terms, memory_format=torch.contiguous_format)
    count = length // CHUNK if length > CHUNK else 0
    whole = count * CHUNK
    state = initial
    if count:
        inner_gates, inner_terms, inner = (
            part[:, :whole].unflatten(1, (count, CHUNK)) for part in (gates, terms, states)
        )
        products = inner_gates.cumprod(2)
        inner[:, :, 0] = inner_terms[:, :, 0]
        inner_states = inner.unbind(2)
        parts = zip(inner_terms.unbind(2), inner_gates.unbind(2), strict=True)
        for at, (term, gate) in enumerate(parts):
            if at:
                torch.addcmul(term, gate, inner_states[at - 1], out=inner_states[at])
        ends = _chunked(products[:, :, -1], inner[:, :, -1], initial)
        handed = torch.cat((initial.unsqueeze(1), ends[:, :-1]), 1)
        inner.addcmul_(products, handed.unsqueeze(2))
        state = ends[:, -1]
    for at in range(whole, length):
        state = torch.addcmul(terms[:, at], gates[:, at], state, out=states[:, at])
    return states
