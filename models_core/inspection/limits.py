"""What one look at a sample may take, and from where on its values are remarkable: `BLOCKYARD_SAMPLE_<NAME>` each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models_core.environment import bounds


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
        """The defaults with what the environment sets; raises BadSetting for one that is no number above 0."""
        return bounds(cls, "BLOCKYARD_SAMPLE", env)
