"""Latencies that runs of a design have measured."""

from __future__ import annotations

from typing import Any

from models_core.analysis import analyze
from models_core.design import read
from playground.accounts.models import User
from playground.datasets.services import source
from playground.designs.models import Design
from playground.designs.services import facts_for_design

from .models import Run

MOST = 5


def measured(user: User, design: Design, dataset: str | None = None) -> list[dict[str, Any]]:
    """The newest latency of each version that has one, newest first, with the hash the version has on a data set.

    A browser that holds a changed design tells by the hash whether what was measured is what it shows.
    """
    facts = facts_for_design(source(user, dataset).facts) if dataset else {}
    rows = (
        Run.objects.visible_to(user)
        .filter(design_version__design=design, latency__isnull=False)
        .select_related("design_version")
        .order_by("-design_version__number", "-pk")
    )
    newest: dict[int, Run] = {}
    for run in rows[: 20 * MOST]:
        if len(newest) < MOST:
            newest.setdefault(run.design_version.number, run)
    return [_row(run, facts) for run in newest.values()]


def _row(run: Run, facts: dict[str, Any]) -> dict[str, Any]:
    report = analyze(read(run.design_version.document), facts=facts)
    return {
        **{name: run.latency[name] for name in ("p50_ms", "p95_ms", "batch", "backend")},
        "device": run.device or "cpu",
        "threads": run.threads,
        "measured": run.started or run.created,
        "version": run.design_version.number,
        "hash": report.to_json()["hash"],
        "run": {"id": run.pid, "name": run.name, "url": f"/runs/{run.pid}"},
    }
