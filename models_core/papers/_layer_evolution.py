"""Evolution of layers that normalize and activate in one: graphs of primitives compete in a few tiny networks."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ._lab import silent
from ._layer_graphs import Graph, GraphLayer, drawn, formula, mutated, reads_input

Make = Callable[[int], nn.Module]
"""A layer for so many channels."""
Images = tuple[Tensor, Tensor]
"""Images, N C H W, and their classes."""
EXPLODED = 1e8


@dataclass(frozen=True)
class Settings:
    """How large an evolution is."""

    steps: int = 6
    """Primitive operations of a graph."""
    population: int = 8
    children: int = 16
    tournament: int = 3
    quick: int = 20
    """Training steps before a layer may be rejected for its quality."""
    chance: float = 0.2
    """Accuracy of the training data, in the first network, below which it is."""
    ascents: int = 10
    """Steps that look for weights with exploding gradients."""
    training: int = 60
    """Training steps in each network that a layer's fitness is measured by."""


@dataclass(frozen=True)
class Layer:
    """A layer that was not rejected, and its accuracy of the validation data in each network."""

    graph: Graph
    fitness: tuple[float, ...]

    @property
    def mean(self) -> float:
        return sum(self.fitness) / len(self.fitness)


@dataclass
class Evolved:
    """What an evolution found, best first, and how many graphs it rejected for what."""

    layers: list[Layer]
    rejected: dict[str, int]


class Shortcut(nn.Module):
    """What comes in and what a network makes of it, added."""

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.parts(x)


def networks(classes: int = 10) -> tuple[Callable[[Make], nn.Module], ...]:
    """Tiny networks for grey images of 8 × 8: a plain one, a residual one and one with separable convolutions."""

    def conv(before: int, after: int, stride: int = 1, groups: int = 1) -> nn.Module:
        return nn.Conv2d(before, after, 3, stride, 1, groups=groups, bias=False)

    def head(width: int) -> tuple[nn.Module, ...]:
        return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)

    def plain(make: Make) -> nn.Module:
        body = (conv(1, 16), make(16), conv(16, 16, 2), make(16), conv(16, 32, 2), make(32))
        return nn.Sequential(*body, *head(32))

    def residual(make: Make) -> nn.Module:
        first = Shortcut(make(16), conv(16, 16), make(16), conv(16, 16))
        second = Shortcut(make(32), conv(32, 32), make(32), conv(32, 32))
        return nn.Sequential(conv(1, 16), first, conv(16, 32, 2), second, make(32), *head(32))

    def separable(make: Make) -> nn.Module:
        inner = (nn.Conv2d(16, 32, 1, bias=False), make(32), conv(32, 32, groups=32), make(32))
        first = Shortcut(*inner, nn.Conv2d(32, 16, 1, bias=False))
        return nn.Sequential(conv(1, 16, 2), make(16), first, nn.Conv2d(16, 32, 1, bias=False), make(32), *head(32))

    return plain, residual, separable


def usual(channels: int) -> nn.Module:
    """Batch norm and relu, which layers are measured against."""
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())


def evolved(
    train: Images, validation: Images, settings: Settings, seed: int = 0, tell: Callable[[str], None] = silent
) -> Evolved:
    """Random graphs, of which a tournament's best is mutated again and again; the oldest makes way for each child."""
    rng = random.Random(seed)
    rejected = dict.fromkeys(("reading no input", "being seen before", "quality", "stability"), 0)
    seen = set[str]()

    def next_layer(make: Callable[[], Graph]) -> Layer:
        while True:
            graph = make()
            reason = _rejected(graph, seen, train, settings, seed)
            seen.add(formula(graph))
            if reason is None:
                fitness = tuple(
                    accuracy(trained(network, _maker(graph), train, settings.training, seed), validation)
                    for network in networks()
                )
                return Layer(graph, fitness)
            rejected[reason] += 1

    living: list[Layer] = []
    every: list[Layer] = []
    for at in range(settings.population + settings.children):
        if at < settings.population:
            layer = next_layer(partial(drawn, rng, settings.steps))
        else:
            rivals = rng.sample(living, settings.tournament)
            parent = rng.choice([one for one in rivals if not any(_dominates(other, one) for other in rivals)])
            layer = next_layer(partial(mutated, parent.graph, rng))
            living.pop(0)
        living.append(layer)
        every.append(layer)
        shown = ", ".join(f"{share:.3f}" for share in layer.fitness)
        tell(f"layer {at + 1}, {sum(rejected.values())} rejected: {shown}; y = {formula(layer.graph)}")
    return Evolved(sorted(every, key=lambda one: -one.mean), rejected)


def trained(network: Callable[[Make], nn.Module], make: Make, data: Images, steps: int, seed: int) -> nn.Module:
    """A tiny network after so many steps of Adam on batches of 32, or until its loss is no number."""
    torch.manual_seed(seed)
    module = network(make).train()
    optimizer = torch.optim.Adam(module.parameters(), lr=3e-3)
    for x, y in _batches(data, steps, seed):
        loss = cross_entropy(module(x), y)
        if not loss.isfinite():
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return module.eval()


def accuracy(module: nn.Module, data: Images) -> float:
    """The share of images whose class a network tells."""
    x, y = data
    with torch.no_grad():
        return (module(x).argmax(1) == y).double().mean().item()


def largest_gradient(module: nn.Module, data: Images, ascents: int, rate: float = 0.1) -> float:
    """The norm of the gradient after steps that scale each convolution so that it grows; infinite if not a number.

    Each step multiplies every filter by up to 1 ± `rate`, whichever makes the gradient's norm larger.
    """
    x, y = data[0][:32], data[1][:32]
    weights = [one.weight for one in module.modules() if isinstance(one, nn.Conv2d)]
    largest = 0.0
    for _ in range(ascents):
        gradients = torch.autograd.grad(cross_entropy(module(x), y), weights, create_graph=True)
        norm = torch.stack([one.square().sum() for one in gradients]).sum().sqrt()
        if not norm.isfinite():
            return math.inf
        largest = max(largest, norm.item())
        if largest > EXPLODED:
            break
        upward = torch.autograd.grad(norm, weights, allow_unused=True)
        with torch.no_grad():
            for weight, slope in zip(weights, upward, strict=True):
                if slope is not None:
                    along = (slope * weight).sum((1, 2, 3), keepdim=True)
                    weight.mul_(1 + rate * along.sign())
    return largest


def _rejected(graph: Graph, seen: set[str], train: Images, settings: Settings, seed: int) -> str | None:
    """Why a graph is not worth training: cheap questions first."""
    if not reads_input(graph):
        return "reading no input"
    # Most mutants differ only in steps that the result does not depend on.
    if formula(graph) in seen:
        return "being seen before"
    module = trained(networks()[0], _maker(graph), train, settings.quick, seed)
    if accuracy(module, train) < settings.chance:
        return "quality"
    return "stability" if largest_gradient(module.train(), train, settings.ascents) > EXPLODED else None


def _maker(graph: Graph) -> Make:
    return lambda channels: GraphLayer(graph, channels)


def _dominates(one: Layer, other: Layer) -> bool:
    pairs = list(zip(one.fitness, other.fitness, strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


def _batches(data: Images, steps: int, seed: int, size: int = 32) -> Iterator[Images]:
    random_order = torch.Generator().manual_seed(seed)
    x, y = data
    for _ in range(steps):
        at = torch.randint(0, len(x), (size,), generator=random_order)
        yield x[at], y[at]
