"""Where a check measures on sequences: small networks around one mixer, tasks that are drawn, and training on them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from ._lab import Lab, spread
from ._outcome import Outcome

Draw = Callable[[torch.Generator, int], tuple[Tensor, Tensor]]
"""So many samples: inputs N L D, and the class wanted at each position (N L), -1 where none is."""

TESTED = 10_000
"""Generators of this seed and more draw samples to test on."""


class Reader(nn.Module):
    """Layers of a mixer behind a norm, with a shortcut around each, from features to the logits of every position.

    With `positions`, the length of every sequence, a learned vector tells each token where it stands.
    """

    def __init__(
        self,
        inputs: int,
        classes: int,
        mixer: Callable[[], nn.Module],
        *,
        width: int = 32,
        depth: int = 2,
        positions: int = 0,
    ) -> None:
        super().__init__()
        self.embed = nn.Linear(inputs, width)
        self.positions = nn.Parameter(torch.randn(positions, width) * 0.5) if positions else 0.0
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.mixers = nn.ModuleList(mixer() for _ in range(depth))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, classes))

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x) + self.positions
        for norm, mixer in zip(self.norms, self.mixers, strict=True):
            x = x + mixer(norm(x))
        return self.head(x)


def taught(
    lab: Lab, name: str, make: Callable[[], nn.Module], draw: Draw, *, steps: int, lr: float = 3e-3, batch: int = 32
) -> list[float]:
    """The share of right answers on fresh samples after training, for each seed of the lab."""
    found = []
    for seed in lab.seeds:
        lab.seeds_used.add(seed)
        torch.manual_seed(seed)
        net = make().train()
        source = torch.Generator().manual_seed(seed)
        optimizer = torch.optim.AdamW(net.parameters(), lr, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, steps)
        for _ in range(steps):
            x, y = draw(source, batch)
            loss = cross_entropy(net(x).flatten(0, 1), y.flatten(), ignore_index=-1)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        net.eval()
        with torch.inference_mode():
            x, y = draw(torch.Generator().manual_seed(TESTED + seed), 512)
            asked = y >= 0
            found.append(float((net(x).argmax(-1) == y)[asked].float().mean()))
        lab.tell(f"{name}, seed {seed}: {found[-1]:.4f} right")
    return found


def contest(
    lab: Lab, nets: Mapping[str, Callable[[], nn.Module]], draw: Draw, *, steps: int, lr: float = 3e-3
) -> dict[str, list[float]]:
    """`taught` for several networks, by name."""
    return {name: taught(lab, name, make, draw, steps=steps, lr=lr) for name, make in nets.items()}


def judged(found: Mapping[str, list[float]], what: str, *, margin: float = 0.0, better: float | None = None) -> Outcome:
    """Is the first no worse than the others by `margin`, or with `better` ahead of each by at least so much?

    Where it is not, by less than two standard errors, the outcome is inconclusive.
    """
    first, *others = found
    confirmed: bool | None = True
    for other in others:
        ahead = statistics.fmean(found[first]) - statistics.fmean(found[other])
        missing = (better if better is not None else -margin) - ahead
        if missing > 0:
            error = (spread(found[first]) ** 2 + spread(found[other]) ** 2) ** 0.5 / len(found[first]) ** 0.5
            confirmed = False if missing > 2 * error or confirmed is False else None
    shown = ", ".join(f"{name} {statistics.fmean(v):.4f} ± {spread(v):.4f}" for name, v in found.items())
    return Outcome(confirmed, f"{what}, {len(found[first])} seeds: {shown}", dict(found))


def slowdown(lab: Lab, block: nn.Module, width: int, lengths: tuple[int, int], *, repeats: int = 1) -> float:
    """How many times the CPU time of the first length a sequence of the second takes, forward and backward.

    The least of several tries counts: `repeats` for each seed of the lab.
    """
    times = dict.fromkeys(lengths, float("inf"))
    for seed in lab.seeds:
        lab.seeds_used.add(seed)
        torch.manual_seed(seed)
        for length in lengths * repeats:
            x = torch.randn(1, length, width)
            began = time.process_time()
            block(x).sum().backward()
            times[length] = min(times[length], time.process_time() - began)
    return times[lengths[1]] / times[lengths[0]]


def selective_copying(length: int = 48, count: int = 4, symbols: int = 6) -> Draw:
    """A few symbols lie scattered among blanks; after the blanks come cues, at which they are wanted in order."""

    def draw(source: torch.Generator, samples: int) -> tuple[Tensor, Tensor]:
        places = torch.rand(samples, length, generator=source).argsort(1)[:, :count].sort(1).values
        wanted = torch.randint(symbols, (samples, count), generator=source)
        tokens = torch.full((samples, length + count), symbols)
        tokens.scatter_(1, places, wanted)
        tokens[:, length:] = symbols + 1
        answers = torch.full((samples, length + count), -1)
        answers[:, length:] = wanted
        return one_hot(tokens, symbols + 2).float(), answers

    return draw


def delayed_recall(delay: int, symbols: int = 8) -> Draw:
    """The first token is wanted again at the last, with random numbers in between."""

    def draw(source: torch.Generator, samples: int) -> tuple[Tensor, Tensor]:
        wanted = torch.randint(symbols, (samples,), generator=source)
        x = torch.randn(samples, delay + 2, symbols + 1, generator=source) * 0.3
        x[..., symbols] = 0
        x[:, 0] = one_hot(wanted, symbols + 1).float()
        x[:, -1] = 0
        x[:, -1, symbols] = 1
        answers = torch.full((samples, delay + 2), -1)
        answers[:, -1] = wanted
        return x, answers

    return draw


def digits_as_sequence(lab: Lab, step: int = 1) -> Draw:
    """Digits read `step` pixels at a time, row by row; the class is wanted at the end.

    Training draws from one part of the samples, testing from the other.
    """
    dataset = lab.dataset("digits")
    parts = {}
    for name in ("train", "test"):
        split = dataset.split(name)
        pixels = torch.tensor(split.field("image")[:]).flatten(1).float()
        parts[name] = (pixels / 255 * 2 - 1).unflatten(1, (-1, step)), torch.tensor(split.labels)

    def draw(source: torch.Generator, samples: int) -> tuple[Tensor, Tensor]:
        x, labels = parts["test" if source.initial_seed() >= TESTED else "train"]
        at = torch.randint(len(x), (samples,), generator=source)
        answers = torch.full((samples, x.shape[1]), -1)
        answers[:, -1] = labels[at]
        return x[at], answers

    return draw
