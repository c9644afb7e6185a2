"""The help of a block beyond what the registry says: its formula as MathML, and what it is made of."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from models_core import registry
from models_core.analysis.inside import inside


@lru_cache(maxsize=512)
def of_block(id: str) -> dict[str, Any]:
    """`formula`, a MathML element per line, and `inside`, the graph of a composed block. Raises UnknownEntry."""
    entry = registry.get("block", id)
    within = inside(entry)
    return {
        "formula": [mathml(line) for line in entry.formula.lines] if entry.formula else [],
        "inside": within.to_json() if within else None,
    }


def mathml(latex: str) -> str:
    """A line of LaTeX as a MathML element."""
    from latex2mathml.converter import convert

    return convert(latex, display="block")
