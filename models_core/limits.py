"""How large a design may be before it is refused: one place, one environment variable each."""

from __future__ import annotations

from dataclasses import dataclass

from models_core.environment import bounds


@dataclass(frozen=True)
class Limits:
    """Bounds on documents and on what they expand to; each can be set as `BLOCKYARD_LIMIT_<NAME>`."""

    document_bytes: int = 8_000_000
    nodes: int = 5_000
    expanded_nodes: int = 20_000
    repeat: int = 1_000
    depth: int = 16
    variables: int = 500
    expression_chars: int = 500
    text_chars: int = 20_000
    list_items: int = 1_000
    integer: int = 2**40


LIMITS = bounds(Limits, "BLOCKYARD_LIMIT")
