"""How much one request may ask for, and how many models are kept open: `BLOCKYARD_SERVING_<NAME>` sets each."""

from __future__ import annotations

from dataclasses import dataclass

from models_core.environment import bounds


@dataclass(frozen=True)
class ServingLimits:
    """Bounds on requests and on what is held in memory."""

    picture_bytes: int = 16 * 2**20
    pixels: int = 25_000_000
    text_chars: int = 100_000
    prompt_bytes: int = 20_000
    generated_bytes: int = 2_000
    generate_seconds: int = 20
    batch: int = 64
    models: int = 8
    loaded_bytes: int = 4 * 2**30
    threads: int = 1

    @classmethod
    def from_environment(cls) -> ServingLimits:
        """The defaults with what the environment sets; raises BadSetting for one that is no positive whole number."""
        return bounds(cls, "BLOCKYARD_SERVING")
