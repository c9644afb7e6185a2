"""One wide block of attention against six narrow ones with as many heads, on bytes in onnxruntime."""

from __future__ import annotations

from bench import Row


def run() -> list[Row]:
    """Ratios beside the paper's; there is no bar, for what was measured there is not fully told."""
    from models_core.papers import Lab
    from models_core.papers.wide_attention_way_forward import timed

    found = timed(Lab(threads=2))
    faster = found["deep"]["ms"] / found["wide"]["ms"]
    smaller = found["wide"]["bytes"] / found["deep"]["bytes"]
    return [
        Row(
            "1,024 bytes, six blocks of 8 heads / one of 48, time in onnxruntime",
            f"{faster:.3g} x",
            "paper: 3.1 x",
            True,
        ),
        Row("the same, size of one / of six", f"{smaller:.3g} x", "paper: half", None),
    ]
