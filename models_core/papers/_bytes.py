"""Where a check measures on text: small byte models, taught on windows of any length and asked on windows of others."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from models_core.compile import build
from models_core.design import Design, read

from ._lab import Lab, spread
from ._outcome import Outcome
from ._variants import names_text

SMALL: dict[str, Any] = {"width": 64, "depth": 2, "head_width": 16, "dropout": 0.0}
"""A byte transformer that learns within seconds to look back."""
State = dict[str, Tensor]


def without_positions(design: Design) -> Design:
    """A byte transformer told no positions: causal attention alone tells tokens apart, at any length."""
    document = design.to_json()
    at = next(index for index, node in enumerate(document["nodes"]) if node["id"] == "positions")
    document["nodes"][at] = {"id": "positions", "block": "identity"}
    return read({**document, "name": f"{design.name} without positions"})


def taught_bytes(lab: Lab, design: Design, *, length: int = 64, steps: int = 600) -> list[State]:
    """Weights after training on windows of a text in which names come back, for each seed of the lab."""
    text = _bytes(200_000, 0)
    return [_taught(lab, design, text, seed, length, steps) for seed in lab.seeds]


def held_bits(design: Design, state: State, length: int) -> float:
    """Bits per byte on another such text, read in windows of that length."""
    text = _bytes(16_385, 1)
    module = _made(design, length).eval()
    module.load_state_dict(state)
    with torch.inference_mode():
        loss = cross_entropy(module(text[:-1].view(-1, length)).flatten(0, 1), text[1:])
    return loss.item() / math.log(2)


def fewer_bits(lab: Lab, contestants: Mapping[str, Design], *, margin: float = 0.0) -> Outcome:
    """Does the first design need no more bits per byte than each other, by `margin`, all taught alike?

    Inconclusive where one needs more by less than two standard errors, or has not learned to look back: where it is
    not a bit below what the frequencies of bytes alone tell.
    """
    found: dict[str, list[float]] = {}
    for name, design in contestants.items():
        found[name] = [held_bits(design, state, 64) for state in taught_bytes(lab, design)]
        lab.tell(f"{name}: {shown(found[name])} bits per byte")
    first, *others = found
    confirmed: bool | None = True
    for other in others:
        more = statistics.fmean(found[first]) - statistics.fmean(found[other]) - margin
        if more > 0:
            error = math.hypot(spread(found[first]), spread(found[other])) / math.sqrt(len(lab.seeds))
            confirmed = False if more > 2 * error or confirmed is False else None
    blind = _entropy()
    if max(statistics.fmean(bits) for bits in found.values()) > blind - 1:
        confirmed = None
    told = ", ".join(f"{name} {shown(bits)}" for name, bits in found.items())
    figure = f"bits per byte, {len(lab.seeds)} seeds: {told} (by frequencies alone {blind:.2f})"
    return Outcome(confirmed, figure, {**found, "frequencies": blind})


def shown(values: list[float]) -> str:
    """Mean and spread."""
    return f"{statistics.fmean(values):.3f} ± {spread(values):.3f}"


def _taught(lab: Lab, design: Design, text: Tensor, seed: int, length: int, steps: int, lr: float = 3e-3) -> State:
    lab.seeds_used.add(seed)
    torch.manual_seed(seed)
    module = _made(design, length).train()
    source = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(module.parameters(), lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, steps)
    for _ in range(steps):
        at = torch.randint(len(text) - length, (16, 1), generator=source) + torch.arange(length + 1)
        window = text[at]
        loss = cross_entropy(module(window[:, :-1]).flatten(0, 1), window[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    lab.tell(f"{design.name}, seed {seed}: {loss.item() / math.log(2):.3f} bits per byte in training")
    return module.state_dict()


def _made(design: Design, length: int) -> nn.Module:
    return build(design, {"text": {"vocab": 256, "length": length}}, SMALL)


def _bytes(count: int, seed: int) -> Tensor:
    return torch.tensor(list(names_text(count, seed).encode()))


def _entropy() -> float:
    """Bits per byte of the text for one who knows how frequent each byte is, and nothing else."""
    counts = _bytes(200_000, 0).bincount()
    share = counts[counts > 0] / counts.sum()
    return float(-(share * share.log2()).sum())
