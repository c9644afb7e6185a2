"""The help of a block beyond what the registry says: its formula as MathML, what it is made of, the papers it is of."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from models_core import registry
from models_core.analysis.inside import inside
from playground.papers import catalogue


@lru_cache(maxsize=512)
def of_block(id: str) -> dict[str, Any]:
    """`formula`, a MathML element per line; `inside`, the graph of a composed block; `papers` of the catalogue.

    Raises UnknownEntry.
    """
    entry = registry.get("block", id)
    within = inside(entry)
    return {
        "formula": [mathml(line) for line in entry.formula.lines] if entry.formula else [],
        "inside": within.to_json() if within else None,
        "papers": catalogue.of_entry("block", id),
    }


def mathml(latex: str) -> str:
    """A line of LaTeX as a MathML element."""
    from latex2mathml.converter import convert

    return convert(latex, display="block")
