"""What a check found, and the two commonest ways of finding it: counting, and comparing tensors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from models_core import registry
from models_core.analysis import analyze
from models_core.design import Design

Verdict = Literal["confirmed", "not confirmed", "inconclusive"]


@dataclass(frozen=True)
class Outcome:
    """What a check found: `confirmed` is None where it settles nothing.

    `figure` says in one line what was measured beside what was expected; `values` holds the figures themselves.
    """

    confirmed: bool | None
    figure: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        return "inconclusive" if self.confirmed is None else "confirmed" if self.confirmed else "not confirmed"

    def __and__(self, other: Outcome) -> Outcome:
        """Both: confirmed where both are, not confirmed where one is not."""
        found = (self.confirmed, other.confirmed)
        both = False if False in found else None if None in found else True
        return Outcome(both, f"{self.figure}; {other.figure}", {**self.values, **other.values})


def counted(
    design: str | Design,
    *,
    params: int | float | None = None,
    macs: float | None = None,
    digits: int | None = None,
    within: float = 0.02,
    **variables: Any,
) -> Outcome:
    """Parameters and multiply-adds of a design beside those expected.

    Parameters must be equal; with `digits` they are compared as printed, rounded to so many significant digits. MACs
    may differ by the share `within`. `variables` are the design's.
    """
    document = registry.get("design", design).obj() if isinstance(design, str) else design
    report = analyze(document, variables=variables)
    if report.errors:
        return Outcome(False, "; ".join(issue.message for issue in report.errors))
    confirmed, words = True, list[str]()
    values: dict[str, Any] = {}
    if params is not None:
        found = int(report.total["params"])
        confirmed &= found == params if digits is None else f"{found:.{digits - 1}e}" == f"{params:.{digits - 1}e}"
        words.append(f"{found:,} parameters, expected {params:,}")
        values["params"] = found
    if macs is not None:
        multiplied = float(report.total["macs"])
        confirmed &= abs(multiplied - macs) <= within * macs
        words.append(f"{multiplied / 1e9:.3f} G MACs, expected {macs / 1e9:.3g} G")
        values["macs"] = multiplied
    return Outcome(confirmed, "; ".join(words), values)


def agree(what: str, ours: Tensor, theirs: Tensor, *, within: float = 1e-5) -> Outcome:
    """Are two tensors equal within `within` of the larger of 1 and the greatest magnitude among them?"""
    if ours.shape != theirs.shape:
        return Outcome(False, f"{what}: shapes {tuple(ours.shape)} and {tuple(theirs.shape)} differ")
    ours, theirs = ours.detach().to(torch.float64), theirs.detach().to(torch.float64)
    if not (ours.isfinite().all() and theirs.isfinite().all()):
        return Outcome(False, f"{what}: there are values that are not finite")
    scale = max(1.0, float(theirs.abs().max())) if theirs.numel() else 1.0
    apart = float((ours - theirs).abs().max()) / scale if ours.numel() else 0.0
    return Outcome(apart <= within, f"{what}: apart by {apart:.1e}, {within:.0e} allowed", {what: apart})
