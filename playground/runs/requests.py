"""From what somebody asks for to a run: which version, which data, which recipe; and what it would take."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.shortcuts import get_object_or_404

from models_core.analysis import Report, analyze
from models_core.training import memory, presets
from models_core.training.recipe import Recipe, RecipeError
from models_core.training.recipe import read as read_recipe
from playground.accounts.models import User
from playground.datasets import files
from playground.datasets import services as datasets
from playground.designs import services as designs
from playground.designs.models import Design, DesignVersion
from playground.web.errors import ApiError

from . import services, turns
from . import weights as kept
from .models import Kind, Run
from .schemas import EstimateIn, RerunIn, RunIn, WeightsFor

ESTIMATE_SECONDS = 60.0


@dataclass(frozen=True)
class Plan:
    """What is to be trained, checked as far as that goes without training it."""

    document: dict[str, Any]
    source: datasets.Source
    recipe: Recipe
    report: Report


def recipe_of(given: dict[str, Any] | str, source: datasets.Source) -> Recipe:
    """A preset fitted to the data, or a recipe's document; ApiError 422 with every fault."""
    try:
        return presets.fitted(given, source.task, source.facts) if isinstance(given, str) else read_recipe(given)
    except RecipeError as error:
        faults = [fault.to_json() for fault in error.faults]
        text = str(error)
        where = f"recipe.{faults[0]['field']}".rstrip(".")
        raise ApiError(422, "bad_recipe", text[:1].upper() + text[1:], where, faults) from None


def presets_for(user: User, dataset: str) -> dict[str, dict[str, Any]]:
    """Every preset fitted to a data set."""
    source = datasets.source(user, dataset)
    return {
        name: {
            "title": preset.title,
            "help": preset.help,
            "recipe": presets.fitted(name, source.task, source.facts).to_json(),
        }
        for name, preset in presets.PRESETS.items()
    }


def plan(user: User, document: dict[str, Any], dataset: str, recipe: dict[str, Any] | str) -> Plan:
    """Check a design with its data: faults, task, outputs. ApiError 422 says what does not fit."""
    source = datasets.source(user, dataset)
    checked = recipe_of(recipe, source)
    design = designs.read_document(document)
    report = analyze(design, facts=designs.facts_for_design(source.facts), batch=checked.batch_size)
    issues = [issue.to_json() for issue in report.errors]
    if issues:
        raise ApiError(
            422,
            "bad_design",
            f"The design cannot be trained: {report.errors[0]}",
            issues[0]["path"] or "design",
            issues,
        )
    fault = designs.task_fault(report, source)
    if fault:
        raise ApiError(422, "does_not_fit", fault, "dataset")
    return Plan(document, source, checked, report)


def _check_memory(planned: Plan) -> None:
    """Refuse what cannot fit before anything is allocated. A GPU's memory is the engine's to know."""
    if planned.recipe.device.startswith("cuda") or _has_gpu():
        return
    limit = int(settings.BLOCKYARD_MAX_MEMORY)
    wanted = memory.need(planned.report, planned.recipe)
    if wanted.total > limit:
        raise ApiError(
            422,
            "too_much_memory",
            f"Training would need about {memory.size_text(wanted.total)} of memory; the limit is "
            f"{memory.size_text(limit)}. Take a smaller batch or a narrower design.",
            "recipe.batch_size",
            {**wanted.to_json(), "limit_bytes": limit},
        )


def _has_gpu() -> bool:
    from .worker import devices

    return bool(devices())


def start(user: User, body: RunIn) -> Run:
    """Save the version to train if need be, and queue the run."""
    design = get_object_or_404(Design.objects.visible_to(user), pid=body.design_id)

    def begin(report: Report) -> kept.Chosen | None:
        return kept.chosen(user, body.weights, report) if body.weights else None

    return _start(user, design, body.version, body.design, body.dataset, body.recipe, body.name, begin)


def _start(
    user: User,
    design: Design,
    number: int | None,
    document: dict[str, Any] | None,
    dataset: str,
    recipe: dict[str, Any] | str,
    name: str,
    begin: Callable[[Report], kept.Chosen | None],
) -> Run:
    planned = plan(user, _document(design, number, document), dataset, recipe)
    _check_memory(planned)
    weights = begin(planned.report)
    version = designs.version_to_train(design, user, number, document)
    return services.start(user, version, planned.source, planned.recipe.to_json(), name, weights)


def _document(design: Design, number: int | None, document: dict[str, Any] | None) -> dict[str, Any]:
    if number is not None:
        version: DesignVersion = get_object_or_404(design.versions, number=number)
        return version.document
    return document if document is not None else designs.current_document(design)


def rerun(user: User, run: Run, body: RerunIn) -> Run:
    """A new run with the same design version, data, recipe and first weights, but for what is named.

    ApiError 409 for a check, an import and a profile.
    """
    if run.kind == Kind.IMPORT:
        raise ApiError(409, "no_training", "This run is an import; train its design, and begin with its weights.", "id")
    if run.kind == Kind.PROFILE:
        raise ApiError(409, "no_training", "This run is a profile; start another with POST /api/runs/profile.", "id")
    if run.design_version is None:
        raise ApiError(409, "no_training", "This run is a check; it is started again on the page of its paper.", "id")
    design = run.design_version.design
    number = body.version
    if number is None and body.design is None:
        number = run.design_version.number
    dataset = body.dataset or (run.dataset.pid if run.dataset else run.builtin)
    recipe = body.recipe if body.recipe is not None else run.recipe

    def begin(report: Report) -> kept.Chosen | None:
        if "weights" not in body.model_fields_set:
            return kept.again(run, report)
        return kept.chosen(user, body.weights, report) if body.weights else None

    return _start(user, design, number, body.design, dataset, recipe, body.name, begin)


def weights_for(user: User, body: WeightsFor) -> list[dict[str, Any]]:
    """Runs that a design could begin with; none while it has faults."""
    source = datasets.source(user, body.dataset)
    design = designs.read_document(_document_of(user, body))
    report = analyze(design, facts=designs.facts_for_design(source.facts))
    return [] if report.errors else kept.offered(user, report, body.design_id)


def _document_of(user: User, body: EstimateIn | WeightsFor) -> dict[str, Any]:
    if body.design is not None and body.version is None:
        return body.design
    if body.design_id is None:
        raise ApiError(422, "invalid", "Name a design, or send one.", "design")
    design = get_object_or_404(Design.objects.visible_to(user), pid=body.design_id)
    return _document(design, body.version, body.design)


def estimate(user: User, body: EstimateIn) -> dict[str, Any]:
    """Memory from the analysis, time from a few steps of a real engine process."""
    planned = plan(user, _document_of(user, body), body.dataset, body.recipe)
    limit = int(settings.BLOCKYARD_MAX_MEMORY)
    known = {"memory_bytes": memory.need(planned.report, planned.recipe).total, "limit_bytes": limit}
    if known["memory_bytes"] > limit and not _has_gpu():
        return {**known, "fits": False, "notes": planned.report.notes}
    found = _measure(user, planned)
    notes = [*planned.report.notes, *found.get("notes", [])]
    return {**known, **_figures(found), "fits": True, "notes": list(dict.fromkeys(notes))}


def _figures(found: dict[str, Any]) -> dict[str, Any]:
    names = (
        "memory_bytes",
        "limit_bytes",
        "seconds_per_epoch",
        "seconds",
        "samples_per_s",
        "steps_per_epoch",
        "device",
    )
    return {name: found[name] for name in names if found.get(name) is not None}


def _measure(user: User, planned: Plan) -> dict[str, Any]:
    def command(folder: Path) -> list[str]:
        design, recipe = folder / "design.json", folder / "recipe.json"
        design.write_text(json.dumps(planned.document))
        recipe.write_text(json.dumps(planned.recipe.to_json()))
        args = ["estimate", str(design), "--data", planned.source.location, "--recipe", str(recipe), "--json"]
        return [*args, "--data-options", json.dumps(planned.source.options), "--cache", str(files.cache_root())]

    outcome = turns.run(user, "estimate", command, timeout=ESTIMATE_SECONDS)
    if not outcome.ok or not isinstance(outcome.document, dict):
        said = outcome.error
        raise ApiError(422, "no_estimate", f"{said['message']} {said['remedy']}".strip(), "recipe")
    return outcome.document
