"""Fitting a function that is known: for checks of what a layer can express, where no data set is needed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ._lab import Lab, spread
from ._outcome import Outcome


def fitted_error(
    module: nn.Module,
    target: Callable[[Tensor], Tensor],
    *,
    inputs: int,
    low: float = -1.0,
    high: float = 1.0,
    samples: int = 1024,
    steps: int = 1000,
    lr: float = 0.01,
    seed: int = 0,
) -> float:
    """Root mean squared error on fresh samples after fitting `target` by Adam on as many, drawn evenly from a cube."""
    random = torch.Generator().manual_seed(seed)
    x, fresh = (low + (high - low) * torch.rand(samples, inputs, generator=random) for _ in range(2))
    y = target(x)
    optimizer = torch.optim.Adam(module.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        loss = nn.functional.mse_loss(module(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        return math.sqrt(nn.functional.mse_loss(module(fresh), target(fresh)).item())


def fitted_errors(
    lab: Lab,
    contestants: Sequence[str],
    make: Callable[[str], nn.Module],
    target: Callable[[Tensor], Tensor],
    *,
    inputs: int,
    low: float = -1.0,
    high: float = 1.0,
    steps: int = 1000,
    lr: float = 0.01,
) -> Outcome:
    """Is the first contestant's error below each other's, all fitted alike with every seed of the lab?

    Where it is above, not confirmed if by more than two standard errors of the difference, else inconclusive.
    """
    found: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for name in contestants:
        found[name] = []
        for seed in lab.seeds:
            lab.seeds_used.add(seed)
            torch.manual_seed(seed)
            module = make(name)
            sizes[name] = sum(param.numel() for param in module.parameters())
            error = fitted_error(module, target, inputs=inputs, low=low, high=high, steps=steps, lr=lr, seed=seed)
            found[name].append(error)
            lab.tell(f"{name}, seed {seed}: error {error:.3g}")
    first, *others = contestants
    confirmed: bool | None = True
    for other in others:
        worse = statistics.fmean(found[first]) - statistics.fmean(found[other])
        if worse > 0:
            error = math.hypot(spread(found[first]), spread(found[other])) / math.sqrt(len(lab.seeds))
            confirmed = False if worse > 2 * error or confirmed is False else None
    told = ", ".join(
        f"{name} ({sizes[name]} parameters) {statistics.fmean(values):.3g} ± {spread(values):.2g}"
        for name, values in found.items()
    )
    return Outcome(confirmed, f"root mean squared error, {len(lab.seeds)} seeds: {told}", dict(found))
