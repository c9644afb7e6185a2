"""Designs made into other ones by the registry's transforms, and what both cost.

A transform reads and writes documents alone, so that it runs where a page waits for it.
"""

from __future__ import annotations

from typing import Any

from models_core import registry
from models_core.analysis import Report, analyze
from models_core.design import Design
from models_core.registry import BadParams, UnknownEntry
from models_core.transforms import CannotTransform
from playground.accounts.models import User
from playground.datasets import services as datasets
from playground.web.errors import ApiError

from .schemas import TransformIn
from .services import facts_for_design, read_document


def transform(user: User, body: TransformIn) -> dict[str, Any]:
    """What a transform makes of a design, and the totals of both for one data set's facts.

    Raises ApiError 422 for a design with faults, params that the form refuses, a design that the transform does not
    fit, and where what it makes has faults.
    """
    design = read_document(body.design)
    try:
        entry = registry.get("transform", body.transform)
        params = entry.check(body.params)
    except UnknownEntry as error:
        raise ApiError(422, "unknown_transform", f"{error}.", "transform") from None
    except BadParams as error:
        raise ApiError(422, "bad_param", f"{error}.", next(iter(error.faults)), error.faults) from None
    facts = facts_for_design(datasets.facts_of(user, body.dataset)) if body.dataset else {}
    before = _sound(analyze(design, facts), "A design is transformed when it has no errors")
    try:
        made: Design = entry.obj(design, **params)
    except CannotTransform as error:
        raise ApiError(422, "cannot_transform", f"{error}.", "design") from None
    after = _sound(analyze(made, facts), f"{entry.title} makes a design with an error, so it was not done")
    return {"design": made.to_json(), "before": before.total, "after": after.total}


def _sound(report: Report, otherwise: str) -> Report:
    """The report of a design without errors; ApiError 422 with all of them for one that has some."""
    if not report.errors:
        return report
    issues = [issue.to_json() for issue in report.errors]
    raise ApiError(422, "bad_design", f"{otherwise}: {report.errors[0]}", issues[0]["path"] or "design", issues)
