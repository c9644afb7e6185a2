"""Layers as small graphs of primitive operations, which can be drawn at random, mutated, run and printed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

GROUPS = 4
EPS = 1e-5
MOMENTUM = 0.1
SOURCES = ("x", "0", "v0", "v1")
"""What a graph begins with: the input, nothing, and two learned numbers for each channel, at first 0 and 1."""
UNARY: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "neg": (torch.neg, "(-{})"),
    "sigmoid": (torch.sigmoid, "σ({})"),
    "tanh": (torch.tanh, "tanh({})"),
    "exp": (torch.exp, "exp({})"),
    "log": (lambda x: x.sign() * x.abs().log(), "slog({})"),
    "abs": (torch.abs, "|{}|"),
    "square": (torch.square, "({})²"),
    "sqrt": (lambda x: x.sign() * x.abs().sqrt(), "ssqrt({})"),
}
BINARY: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], str]] = {
    "add": (torch.add, "({} + {})"),
    "mul": (torch.mul, "({} · {})"),
    "div": (torch.div, "({} / {})"),
    "max": (torch.maximum, "max({}, {})"),
}
MOMENTS = ("mean", "root", "std")
"""The mean, the root of the mean square, and the standard deviation."""
OVER = ("bwh", "whc", "wh", "whg")
"""Samples, width, height; width, height, channels; width, height; width, height, channels of a group."""
PRIMITIVES = (*UNARY, *BINARY, *(f"{moment}_{over}" for moment in MOMENTS for over in OVER))


@dataclass(frozen=True)
class Step:
    """One primitive operation on what comes before it, counted from the first source; only binary ones use `b`."""

    op: str
    a: int
    b: int


Graph = tuple[Step, ...]
"""Steps one after another; the last one's value is the layer's, before its learned scale and offset."""


def drawn(rng: random.Random, steps: int) -> Graph:
    """A random graph: every operation and all that it reads drawn evenly."""
    return tuple(_step(rng, at) for at in range(steps))


def mutated(graph: Graph, rng: random.Random) -> Graph:
    """The graph with one step, drawn evenly, drawn anew."""
    at = rng.randrange(len(graph))
    return (*graph[:at], _step(rng, at), *graph[at + 1 :])


def reads_input(graph: Graph) -> bool:
    """Whether the result depends on the input at all."""
    return 0 in _needed(graph)


def formula(graph: Graph) -> str:
    """The result as a formula of x, v0 and v1; moments stand with what they are over."""
    words = [*SOURCES]
    for step in graph:
        if step.op in UNARY:
            words.append(UNARY[step.op][1].format(words[step.a]))
        elif step.op in BINARY:
            words.append(BINARY[step.op][1].format(words[step.a], words[step.b]))
        else:
            words.append(f"{step.op}({words[step.a]})")
    return words[-1]


def _step(rng: random.Random, at: int) -> Step:
    before = len(SOURCES) + at
    return Step(rng.choice(PRIMITIVES), rng.randrange(before), rng.randrange(before))


def _needed(graph: Graph) -> set[int]:
    needed, todo = set[int](), [len(SOURCES) + len(graph) - 1]
    while todo:
        at = todo.pop()
        if at not in needed:
            needed.add(at)
            if at >= len(SOURCES):
                step = graph[at - len(SOURCES)]
                todo += [step.a, step.b] if step.op in BINARY else [step.a]
    return needed


class GraphLayer(nn.Module):
    """The layer of a graph, N C H W -> the same, with a learned scale and offset behind it.

    Moments over samples are those of the batch in training, and their moving averages in evaluation.
    """

    def __init__(self, graph: Graph, channels: int) -> None:
        super().__init__()
        needed = _needed(graph)
        self.steps = [replace(step) if at + len(SOURCES) in needed else None for at, step in enumerate(graph)]
        shape = (1, channels, 1, 1)
        self.v0, self.v1 = nn.Parameter(torch.zeros(shape)), nn.Parameter(torch.ones(shape))
        self.scale, self.offset = nn.Parameter(torch.ones(shape)), nn.Parameter(torch.zeros(shape))
        for at, step in enumerate(self.steps):
            if step is not None and step.op.endswith("_bwh"):
                self.register_buffer(f"running{at}", torch.ones(shape) if step.op != "mean_bwh" else torch.zeros(shape))

    def forward(self, x: Tensor) -> Tensor:
        values: list[Tensor | None] = [x, torch.zeros_like(self.v0), self.v0, self.v1]
        for at, step in enumerate(self.steps):
            values.append(None if step is None else self._value(at, step, values, x))
        result = values[-1]
        assert result is not None
        return (result * self.scale + self.offset).expand_as(x)

    def _value(self, at: int, step: Step, values: list[Tensor | None], x: Tensor) -> Tensor:
        a, b = values[step.a], values[step.b]
        assert a is not None
        if step.op in UNARY:
            return UNARY[step.op][0](a)
        if step.op in BINARY:
            assert b is not None
            return BINARY[step.op][0](a, b)
        kind, over = step.op.split("_")
        if over != "bwh":
            return _moment(a.expand(len(x), x.shape[1], -1, -1), kind, over)
        running: Tensor = self.get_buffer(f"running{at}")
        if not self.training:
            return running
        found = _moment(a.expand(len(x), x.shape[1], -1, -1), kind, over)
        with torch.no_grad():
            running.lerp_(found.detach(), MOMENTUM)
        return found


def _moment(x: Tensor, kind: str, over: str) -> Tensor:
    """A moment of N C H W, with size 1 in each dim that it is over; over groups of channels, one for each channel."""
    if over == "whg":
        grouped = x.unflatten(1, (GROUPS, -1))
        of_groups = _reduced(grouped, kind, (2, 3, 4))
        return of_groups.expand(-1, -1, grouped.shape[2], -1, -1).flatten(1, 2)
    return _reduced(x, kind, {"bwh": (0, 2, 3), "whc": (1, 2, 3), "wh": (2, 3)}[over])


def _reduced(x: Tensor, kind: str, dims: tuple[int, ...]) -> Tensor:
    if kind == "mean":
        return x.mean(dims, keepdim=True)
    square = x.square().mean(dims, keepdim=True) if kind == "root" else x.var(dims, unbiased=False, keepdim=True)
    return (square + EPS).sqrt()
