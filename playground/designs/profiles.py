"""What each node of a design takes on this machine, measured by an engine process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings

from models_core.analysis import analyze
from playground.accounts.models import User
from playground.datasets import services as datasets
from playground.runs import turns
from playground.runs.models import HELD, Run
from playground.runs.profiles import check
from playground.web.errors import ApiError

from .schemas import ProfileIn
from .services import facts_for_design, read_document

# Each of the two measurements, of the whole and of its nodes one by one.
MEASURED_SECONDS = 1.0


def profile(user: User, body: ProfileIn) -> dict[str, Any]:
    """Latency of the whole, and milliseconds and bytes of every node, for one batch in evaluation mode.

    Raises ApiError for a design with faults, one that does not fit into memory, and where it takes too long.
    """
    design = read_document(body.design)
    facts = facts_for_design(datasets.facts_of(user, body.dataset)) if body.dataset else {}
    report = analyze(design, facts, batch=body.batch)
    check(report, body.batch)

    def command(folder: Path) -> list[str]:
        path = folder / "design.json"
        path.write_text(json.dumps({**design.model_dump(mode="json", by_alias=True), "facts": report.bound.facts}))
        how = ["--backend", "eager", "--batch", str(body.batch), "--seconds", str(MEASURED_SECONDS)]
        return ["profile", str(path), *how, "--json"]

    outcome = turns.run(user, "profile", command, timeout=settings.BLOCKYARD_PROFILE_SECONDS)
    if not outcome.ok or not isinstance(outcome.document, dict):
        said = outcome.error
        raise ApiError(422, "not_measured", f"{said['message']} {said['remedy']}".strip(), "design")
    found: dict[str, Any] = outcome.document
    (whole,) = found["latency_ms"]
    return {
        **{name: whole[name] for name in ("batch", "p50_ms", "p95_ms", "samples_per_s", "runs")},
        **{name: found[name] for name in ("nodes", "device", "threads")},
        "busy": Run.objects.filter(state__in=HELD).count(),
    }
