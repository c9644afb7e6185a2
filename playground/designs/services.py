"""Every write and every rule of designs: drafts, versions, copies, and what a design costs."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from models_core.analysis import Report, analyze, predict_ms
from models_core.design import Design as Document
from models_core.design import DesignError, Issue, diff, generate, read
from models_core.registry import BadParams, UnknownEntry
from playground.accounts.models import User
from playground.datasets.services import Source, source
from playground.web import labels
from playground.web.errors import ApiError
from playground.web.text import one_line

from . import rates
from .models import Design, DesignVersion
from .schemas import DesignChange

MAX_NAME = 200


def read_document(document: Any) -> Document:
    """The document as the engine reads it; a fault of form is a 422 with every issue."""
    try:
        return read(document)
    except DesignError as error:
        issues = [issue.to_json() for issue in error.issues]
        raise ApiError(422, "bad_design", str(error), issues[0]["path"] or "design", issues) from None


def analyse(
    user: User,
    document: Any,
    dataset: str | None = None,
    facts: dict[str, Any] | None = None,
    variables: dict[str, Any] | None = None,
    batch: int = 1,
) -> dict[str, Any]:
    """What a design costs for a data set's facts (which the given `facts` complete), and whether it fits the data."""
    design = read_document(document)
    chosen = source(user, dataset) if dataset else None
    known = facts_for_design(chosen.facts) if chosen else {}
    report = analyze(design, facts={**known, **(facts or {})}, variables=variables, batch=batch)
    found = report.to_json()
    machine = rates.known()
    found["latency_ms"] = predict_ms(report.bound, machine) if machine and not report.errors else None
    if chosen is not None and not report.errors:
        fault = task_fault(report, chosen)
        if fault:
            found["errors"].append(Issue("output", "does_not_fit", fault).to_json())
    return found


def generated(id: str, params: dict[str, Any]) -> dict[str, Any]:
    """What a generator makes of the parameters of its form; those of its group may be among them."""
    try:
        return generate.make(id, generate.split(id, params)[0]).to_json()
    except UnknownEntry as error:
        raise ApiError(422, "unknown_generator", f"{error}.", "generator") from None
    except BadParams as error:
        raise ApiError(422, "bad_param", f"{error}.", next(iter(error.faults))) from None


def compare(user: User, before: Any, after: Any, dataset: str | None = None) -> dict[str, Any]:
    """What differs between two documents, and the totals of both for one data set's facts."""
    first, second = read_document(before), read_document(after)
    totals = [analyse(user, document, dataset)["total"] for document in (before, after)]
    return {"changes": diff(first, second), "before": totals[0], "after": totals[1]}


def facts_for_design(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of a data set's facts those that expressions may use: sizes, no names, no counts of samples."""
    from models_core.tasks import design_facts

    return design_facts(facts)


def task_fault(report: Report, source: Source) -> str | None:
    """Why a design cannot be trained on that data though it has no fault in itself, or None."""
    from models_core.tasks import get_task

    wanted = report.bound.design.task
    if wanted and source.task and wanted != source.task:
        return (
            f"{source.name} is for {source.task.replace('_', ' ')}, but the design is for {wanted.replace('_', ' ')}; "
            "choose other data, or change the design's task."
        )
    specs = [value.spec for value in report.bound.outputs.values()]
    if not specs or specs[0] is None or not source.task:
        return None if specs else "The design has no output; connect one."
    inputs = {given.name: tuple(given.spec.shape) for given in report.bound.inputs if given.spec}
    fault = get_task(source.task).output_fault(tuple(specs[0].shape), source.facts, inputs)
    return fault[:1].upper() + fault[1:] + "." if fault else None


def create(user: User, document: Any, name: str | None = None, zoo: str = "") -> Design:
    """A new design with its first version."""
    given = read_document(document)
    title = _title(name or given.name)
    with transaction.atomic():
        design = Design.objects.create(owner=user, name=title, zoo=zoo[:100])
        _add_version(design, user, given, "")
    return design


def save(design: Design, user: User, document: Any, name: str = "", base: int | None = None) -> DesignVersion:
    """Store a document as the design's next version, or give back the newest when it says exactly the same.

    A name makes it a version to come back to: then it is stored, or the newest one is given that name. A version takes
    the place of the draft; `base` is the number of the draft it may replace.

    Raises ApiError 409 with the current number and draft when `base` is given and is not the newest.
    """
    given = read_document(document)
    with transaction.atomic():
        design = Design.objects.select_for_update().get(pk=design.pk)
        if base is not None and base != design.draft_number:
            raise _stale(design)
        newest = design.versions.first()
        if newest is not None and newest.document == given.to_json():
            if name and newest.name != name:
                newest.name = _title(name)
                newest.save(update_fields=["name"])
            _clear_draft(design)
            return newest
        return _add_version(design, user, given, name)


def version_to_train(design: Design, user: User, number: int | None = None, document: Any = None) -> DesignVersion:
    """The version a run trains: the one asked for, or the given document saved, or the draft, or the newest.

    What differs in positions or names alone trains the version that is already there.
    """
    if number is not None:
        return version_of(design, number)
    newest = design.versions.first()
    document = document if document is not None else design.draft
    if document is None:
        if newest is None:
            raise ApiError(409, "no_version", f"{design.name} has no saved version yet.", "design_id")
        return newest
    given = read_document(document)
    report = analyze(given)
    if newest is not None and newest.hash and newest.hash == report.to_json()["hash"]:
        return newest
    return save(design, user, document)


def save_draft(design: Design, document: Any, base: int) -> int:
    """Store what the editor holds, unless somebody wrote after `base`; the number to send next time.

    Raises ApiError 409 with the current number and draft when `base` is not the newest.
    """
    given = read_document(document)
    with transaction.atomic():
        changed = Design.objects.filter(pk=design.pk, draft_number=base).update(draft_number=base + 1)
        if changed:
            current = Design.objects.get(pk=design.pk)
            current.draft = given.to_json()
            current.name = _title(given.name)
            current.save(update_fields=["draft", "name", "updated"])
            return base + 1
    raise _stale(Design.objects.get(pk=design.pk))


def _stale(current: Design) -> ApiError:
    return ApiError(
        409,
        "stale_draft",
        "This design was changed in another tab or by another program since it was opened here. Reload to see it.",
        "base",
        {"number": current.draft_number, "draft": current.draft},
    )


def change(design: Design, given: DesignChange) -> Design:
    """Other tags, another note, another name: that in its draft too, so that the editor does not undo it."""
    with transaction.atomic():
        design = Design.objects.select_for_update().get(pk=design.pk)
        columns = labels.write(design, given)
        if given.name is not None:
            design.name = _title(given.name)
            if design.draft is not None:
                design.draft = {**design.draft, "name": design.name}
            columns += ["name", "draft", "updated"]
        design.save(update_fields=columns)
    return design


def duplicate(design: Design, user: User, number: int | None = None, name: str = "") -> Design:
    """A new design with the document of a version, or with what the editor would open; tags and note come along."""
    document = version_of(design, number).document if number is not None else current_document(design)
    with transaction.atomic():
        made = create(user, document, one_line(name) or f"{design.name[: MAX_NAME - 7]} (copy)", design.zoo)
        made.tags, made.note = design.tags, design.note
        made.save(update_fields=["tags", "note"])
    return made


def version_of(design: Design, number: int) -> DesignVersion:
    """One of a design's versions; ApiError 404 where there is none of that number."""
    version = design.versions.filter(number=number).first()
    if version is None:
        raise ApiError(404, "not_found", f"{design.name} has no version {number}.", "version")
    return version


def current_document(design: Design) -> dict[str, Any]:
    """What the editor opens: the draft if there is one, else the newest version's document."""
    if design.draft is not None:
        return design.draft
    newest = design.versions.first()
    return newest.document if newest else {}


def _add_version(design: Design, user: User, given: Document, name: str) -> DesignVersion:
    report = analyze(given)
    number = (design.versions.aggregate(top=Max("number"))["top"] or 0) + 1
    version = DesignVersion.objects.create(
        design=design,
        number=number,
        name=one_line(name, MAX_NAME),
        # A design with faults may be kept, but equals nothing and cannot be trained.
        hash=report.to_json()["hash"] or "",
        document=given.to_json(),
        params=report.total["params"],
        macs=report.total["macs"],
        author=user,
    )
    _clear_draft(design)
    return version


def _clear_draft(design: Design) -> None:
    design.draft = None
    design.draft_number += 1
    design.save(update_fields=["draft", "draft_number", "updated"])


def _title(name: str) -> str:
    name = one_line(name, MAX_NAME)
    if not name:
        raise ApiError(422, "invalid", "A design needs a name.", "name")
    return name
