"""Input kinds: which dims an input of a design has and what its tensor is."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class InputKind:
    """The dims of an input, batch left out, its tensor's dtype, and the facts of a dataset that speak of each dim."""

    id: str
    dims: tuple[str, ...]
    dtype: torch.dtype
    facts: dict[str, str]
    help: str


KINDS: dict[str, InputKind] = {
    kind.id: kind
    for kind in (
        InputKind(
            "image",
            ("C", "H", "W"),
            torch.float32,
            {"C": "channels", "H": "height", "W": "width"},
            "A picture: channels, height, width.",
        ),
        InputKind("tokens", ("L",), torch.int64, {"L": "length"}, "A sequence of L token ids."),
        InputKind("table", ("F",), torch.float32, {"F": "columns"}, "A row of F numbers."),
    )
}
