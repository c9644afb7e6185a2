"""How much one request may ask for, and how many models are kept open: `BLOCKYARD_SERVING_<NAME>` sets each."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields


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
        """The defaults with what the environment sets; raises ValueError for one that is no positive whole number."""
        values = {}
        for field in fields(cls):
            name = f"BLOCKYARD_SERVING_{field.name.upper()}"
            text = os.environ.get(name)
            if text is None:
                continue
            if not text.isdecimal() or int(text) < 1:
                raise ValueError(f"{name} is {text!r}; set it to a whole number above 0, or leave it unset")
            values[field.name] = int(text)
        return cls(**values)
