"""What is said of one value: figures over the chosen sample, channels dead over the batch, a small picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from models_core.compile.axes import Axes, channel_dim, usual

from . import picture


@dataclass(frozen=True)
class Activation:
    """A value on its way through a network: output of a node, or input of the design.

    Figures are over the finite numbers of the chosen (first) sample; None where there is none. `channels` and `dead`
    count channels, dead being zero at every position of every sample of the batch. `nan_samples` and `inf_samples`
    count samples of the batch; `largest` is the greatest |x| of the batch's finite numbers.
    """

    shape: tuple[int, ...]
    dtype: str
    axes: Axes
    mean: float | None
    std: float | None
    min: float | None
    max: float | None
    zeros: float
    """Share of the sample's numbers that are exactly zero."""
    nan: int
    inf: int
    samples: int
    nan_samples: int
    inf_samples: int
    largest: float
    channels: int | None
    dead: int | None
    picture: str | None = None
    """A PNG as a data URI."""
    caption: str = ""
    """What the picture shows, in words."""

    @property
    def rms(self) -> float | None:
        """Root mean square of the sample's finite numbers."""
        if self.mean is None or self.std is None:
            return None
        return math.hypot(self.mean, self.std)

    @property
    def is_finite(self) -> bool:
        """Whether no sample of the batch has NaN or infinity here."""
        return not (self.nan_samples or self.inf_samples)

    @property
    def all_zero(self) -> bool:
        """Whether every number of every sample is zero."""
        return self.is_finite and self.largest == 0

    def to_json(self) -> dict[str, Any]:
        return {
            "shape": list(self.shape),
            "dtype": self.dtype,
            "axes": list(self.axes),
            "mean": self.mean,
            "std": self.std,
            "min": self.min,
            "max": self.max,
            "zeros": self.zeros,
            "nan": self.nan,
            "inf": self.inf,
            "channels": self.channels,
            "dead": self.dead,
            "picture": self.picture,
            "caption": self.caption,
        }


def activation(x: Tensor, axes: Axes = (), side: int = 0) -> Activation:
    """Figures of a batch (N ...) and, with `side` above 0, a picture of its first sample at most so many pixels wide.

    `axes` names the dims after the batch; where it does not fit, the usual names for their number are taken.
    """
    axes = axes if len(axes) == x.dim() - 1 else usual(x.dim() - 1)
    batch = x.detach()
    numbers = batch.float() if not batch.is_floating_point() or batch.dtype.itemsize < 4 else batch
    flat = numbers.reshape(numbers.shape[0], -1)
    finite = flat.isfinite()
    if bool(finite.all()):
        nan = inf = torch.zeros(1, 1, dtype=torch.bool)
        clean, known = flat, flat[0].double()
    else:
        nan, inf = flat.isnan(), flat.isinf()
        clean, known = flat.masked_fill(~finite, 0.0), flat[0][finite[0]].double()
    at = channel_dim(axes)
    channels = dead = None
    if at is not None and batch.is_floating_point():
        channels = batch.shape[at + 1]
        dead = int((batch != 0).transpose(0, at + 1).flatten(1).any(dim=1).logical_not().sum())
    drawn = picture.draw(numbers[0], axes, side) if side > 0 else None
    return Activation(
        shape=tuple(batch.shape[1:]),
        dtype=str(batch.dtype).removeprefix("torch."),
        axes=axes,
        mean=float(known.mean()) if len(known) else None,
        std=float(known.std(correction=0)) if len(known) else None,
        min=float(known.min()) if len(known) else None,
        max=float(known.max()) if len(known) else None,
        zeros=1 - int(flat[0].count_nonzero()) / flat.shape[1],
        nan=int(nan[0].sum()),
        inf=int(inf[0].sum()),
        samples=batch.shape[0],
        nan_samples=int(nan.any(dim=1).sum()),
        inf_samples=int(inf.any(dim=1).sum()),
        largest=max(-float(clean.min()), float(clean.max())),
        channels=channels,
        dead=dead,
        picture=drawn.uri if drawn else None,
        caption=drawn.caption if drawn else "",
    )
