"""Profiles that are runs: what is asked for, within what this machine allows, and what the engine is given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404

from models_core.analysis import Report, analyze
from models_core.training import memory
from playground.accounts.models import User
from playground.datasets import services as datasets
from playground.designs import services as designs
from playground.designs.models import Design
from playground.web.errors import ApiError

from . import services
from .models import Run
from .schemas import ProfileRunIn
from .weights import file_of


def form() -> dict[str, Any]:
    """What a profile may ask for."""
    import psutil

    return {
        "most_batches": settings.BLOCKYARD_PROFILE_BATCHES,
        "most_samples": settings.BLOCKYARD_PROFILE_SAMPLES,
        "most_repeats": settings.BLOCKYARD_PROFILE_REPEATS,
        "seconds": settings.BLOCKYARD_PROFILE_EACH_SECONDS,
        "threads": psutil.cpu_count() or 1,
    }


def start(user: User, body: ProfileRunIn) -> Run:
    """Queue a profile of a design, whose version is saved if need be, or of a run's model.

    ApiError 404 for what is not the user's, 409 for a run without weights, 422 for what goes beyond the limits.
    """
    wanted = _wanted(body)
    if (body.run is None) == (body.design_id is None):
        raise ApiError(422, "invalid", "Name a design or a run to measure, one of the two.", "design_id")
    if body.run is not None:
        return _of_run(user, body, wanted)
    design = get_object_or_404(Design.objects.visible_to(user), pid=body.design_id)
    document = body.design
    if body.version is not None:
        document = get_object_or_404(design.versions, number=body.version).document
    elif document is None:
        document = designs.current_document(design)
    facts = designs.facts_for_design(datasets.facts_of(user, body.dataset)) if body.dataset else {}
    report = analyze(designs.read_document(document), facts)
    check(report, max(wanted["batches"]), _copies(wanted))
    version = designs.version_to_train(design, user, body.version, body.design)
    wanted |= {"facts": report.bound.facts, "data": body.dataset}
    return services.start_profile(user, version, wanted, _name(body, f"{design.name} v{version.number}"))


def _of_run(user: User, body: ProfileRunIn, wanted: dict[str, Any]) -> Run:
    run, weights = file_of(user, body.run or "", "best")
    folder = weights.parent
    document = _read(folder / "run.json")
    report = analyze(
        designs.read_document(_read(folder / "design.json")), document.get("facts"), document.get("variables")
    )
    check(report, max(wanted["batches"]), _copies(wanted))
    origin = {"run": run.pid, "name": run.name, "checkpoint": "best", "strict": True}
    wanted |= {"facts": report.bound.facts, "data": None}
    return services.start_profile(user, run.design_version, wanted, _name(body, run.name), (origin, folder))


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ApiError(409, "no_checkpoint", "The files of this run's model are gone; train it again.", "run") from None


def _name(body: ProfileRunIn, of: str) -> str:
    return " ".join(body.name.split()) or f"Profile of {of}"


def _wanted(body: ProfileRunIn) -> dict[str, Any]:
    """What the engine is to measure; ApiError 422 beyond what the settings allow."""
    batches = sorted(set(body.batches))
    limits = form()
    _least(len(batches), limits["most_batches"], "batches", "batch sizes", "BLOCKYARD_PROFILE_BATCHES")
    _least(batches[-1], limits["most_samples"], "batches", "samples at once", "BLOCKYARD_PROFILE_SAMPLES")
    _least(body.repeats, limits["most_repeats"], "repeats", "repetitions", "BLOCKYARD_PROFILE_REPEATS")
    if body.threads is not None and body.threads > limits["threads"]:
        text = f"{body.threads} threads are more than this machine's {limits['threads']}; take that many or fewer."
        raise ApiError(422, "too_many", text, "threads")
    return {
        "batches": batches,
        "backends": sorted(set(body.backends)),
        "threads": body.threads,
        "repeats": body.repeats,
        "warmup": body.warmup,
        "seconds": limits["seconds"],
        "device": body.device,
    }


def _least(asked: int, most: int, where: str, what: str, setting: str) -> None:
    if asked > most:
        raise ApiError(422, "too_many", f"{asked:,} {what} are more than {most:,} ({setting}); take fewer.", where)


def _copies(wanted: dict[str, Any]) -> int:
    """How often the weights are in memory: the exported file and onnxruntime have them once more each."""
    return 3 if "onnxruntime" in wanted["backends"] else 1


def check(report: Report, batch: int, copies: int = 1) -> None:
    """ApiError 422 for a design with faults, and where a batch does not fit into memory."""
    if report.errors:
        issues = [issue.to_json() for issue in report.errors]
        text = f"A design is measured when it has no errors: {report.errors[0]}"
        raise ApiError(422, "bad_design", text, issues[0]["path"] or "design", issues)
    need, limit = memory.forward(report, batch, copies), int(settings.BLOCKYARD_MAX_MEMORY)
    if need > limit:
        text = f"A batch of {batch:,} takes {need / 2**30:.1f} GiB, and the limit (BLOCKYARD_MAX_MEMORY) is "
        text += f"{limit / 2**30:.1f} GiB. Make the batch or the design smaller."
        raise ApiError(422, "too_large", text, "batch")
