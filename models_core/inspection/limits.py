"""What one look at a sample may take, and from where on its values are remarkable: `BLOCKYARD_SAMPLE_<NAME>` each."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SampleLimits:
    """Bounds on work and on answers, and the thresholds of marks."""

    samples: int = 32
    """Samples that go through together: the chosen one, and others by which dead channels are known."""
    macs: int = 2_000_000_000
    """Multiply-adds in all, which lessen the others; the chosen sample always goes through."""
    pixels: int = 1_000_000
    """Of all small pictures together."""
    values: int = 20_000
    """Values that are answered for; the rest of a larger network is left out, and a note says so."""
    largest: float = 1e4
    """An activation beyond this explodes; 16-bit numbers end at 65,504."""
    growth: float = 100.0
    """A node whose values are so many times larger than what it was given explodes."""
    dead_share: float = 0.5
    """A node with at least this share of channels that are always zero is marked."""
    idle_seconds: float = 300.0
    """How long a process that waits for questions lives without one."""

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> SampleLimits:
        """The defaults with what the environment sets; raises ValueError for one that is no number above 0."""
        env = os.environ if env is None else env
        values: dict[str, float] = {}
        for field in dataclasses.fields(cls):
            name = f"BLOCKYARD_SAMPLE_{field.name.upper()}"
            text = env.get(name, "").strip()
            if not text:
                continue
            whole = isinstance(field.default, int)
            try:
                number = int(text) if whole else float(text)
            except ValueError:
                number = 0
            if not 0 < number < float("inf"):
                kind = "whole number" if whole else "number"
                raise ValueError(f"{name} is {text!r}; set it to a {kind} above 0, or leave it unset")
            values[field.name] = number
        return cls(**values)  # type: ignore[arg-type]  # whole numbers where whole numbers are declared
