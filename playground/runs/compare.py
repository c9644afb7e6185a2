"""Trainings side by side: what each network costs, how well it did by its task's own measure, how it was trained."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet

from models_core.analysis import analyze
from models_core.design import DesignError, read
from models_core.registry import UnknownEntry
from models_core.tasks import get_task
from models_core.training.recipe import RecipeError
from models_core.training.recipe import read as read_recipe
from playground.datasets.services import builtin_facts
from playground.designs.models import DesignVersion
from playground.designs.services import facts_for_design
from playground.web.errors import ApiError

from . import curves
from .models import MetricChunk, Run

Row = dict[str, Any]


def pids_of(text: str) -> list[str]:
    """The ids in `a,b,c`, each once, in that order. Raises ApiError 422 for more than may be compared."""
    pids = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    most = settings.BLOCKYARD_COMPARE_RUNS
    if len(pids) > most:
        raise ApiError(
            422, "too_many_runs", f"{len(pids)} runs are more than the {most} that can be compared at once.", "runs"
        )
    return pids


def chosen(runs: QuerySet, pids: Sequence[str]) -> list[Run]:
    """Those of `runs` with these ids, in the order of the ids."""
    found = {run.pid: run for run in runs.filter(pid__in=pids)}
    return [found[pid] for pid in pids if pid in found]


def beside(runs: Sequence[Run], tasks: dict[str, str]) -> dict[str, Row]:
    """What a comparison shows of each run besides its row, by the run's id; `tasks` names the task of each."""
    named = defaultdict(list)
    of_runs = MetricChunk.objects.filter(run__in=runs).order_by("series")
    for pid, series in of_runs.values_list("run__pid", "series").distinct():
        named[pid].append(series)
    costs = _costs(runs)
    return {
        run.pid: {
            "measure": measure(run, tasks[run.pid]),
            "costs": costs[run.pid],
            "latency": run.latency,
            "threads": run.threads,
            "recipe": resolved(run.recipe),
            "series": named[run.pid],
        }
        for run in runs
    }


def measure(run: Run, task: str) -> Row | None:
    """The figure by which the run's task compares, on test data; `final` is false while training may still better it.

    At the end it is that of the best checkpoint; until then the best accuracy or the newest value so far.
    """
    try:
        of = get_task(task)
    except UnknownEntry:
        return None
    name, better = of.metric, of.direction
    final = ((run.result or {}).get("metrics") or {}).get(name)
    so_far = run.best_accuracy if name == "accuracy" else (run.metrics or {}).get(f"test/{name}")
    value = so_far if final is None else final
    return {"name": name, "value": value, "better": better, "final": final is not None}


def resolved(recipe: Row) -> Row:
    """A recipe with every default filled in; one that cannot be read any more stays as it was stored."""
    try:
        return read_recipe(recipe).to_json()
    except RecipeError:
        return recipe


def read_curves(runs: Iterable[Run], series: str, points: int) -> list[Row]:
    """One series of each run, thinned out, with its throughput, from which the time at a step follows."""
    of = {run.pk: run for run in runs}
    found = curves.read_many(list(of), [series, curves.THROUGHPUT], points)
    return [{"run": run.pid, "seq": run.last_seq, "series": found.get(pk, {})} for pk, run in of.items()]


def _costs(runs: Sequence[Run]) -> dict[str, Row | None]:
    """What each run's network costs on its data, by the run's id; null where its design has faults.

    A version never changes, so what was worked out once is remembered by it and the facts it was bound to.
    """
    facts: dict[str, Row] = {}
    keys = {}
    for run in runs:
        data = run.dataset.pid if run.dataset else run.builtin
        if data not in facts:
            facts[data] = facts_for_design(run.dataset.facts if run.dataset else builtin_facts(run.builtin))
        said = hashlib.sha256(json.dumps(facts[data], sort_keys=True).encode()).hexdigest()[:16]
        keys[run.pid] = (f"runs.costs.{run.design_version_id}.{said}", run.design_version_id, data)
    known = cache.get_many({key for key, _, _ in keys.values()})
    missing = {key: (version, data) for key, version, data in keys.values() if key not in known}
    if missing:
        versions = {version for version, _ in missing.values()}
        documents = dict(DesignVersion.objects.filter(pk__in=versions).values_list("pk", "document"))
        made = {key: _cost(documents[version], facts[data]) for key, (version, data) in missing.items()}
        cache.set_many(made, timeout=None)
        known |= made
    return {pid: known[key] for pid, (key, _, _) in keys.items()}


def _cost(document: Row, facts: Row) -> Row | None:
    try:
        report = analyze(read(document), facts=facts)
    except DesignError:
        return None
    if report.errors:
        return None
    total = report.to_json()["total"]
    return {
        "params": total["params"],
        "macs": total["macs"],
        "weight_bytes": total["weight_bytes"],
        "memory_bytes": total["weight_bytes"] + total["peak_activation_bytes"],
    }
