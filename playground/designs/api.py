from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Router, Status

from models_core import registry
from playground.trash import services as trash
from playground.web import bodies, jsons
from playground.web.errors import ApiError
from playground.web.labels import FindQuery, labels_json, search, tags_of
from playground.web.paging import Listing, PageQuery, page

from . import code, help, importing, profiles, rates, sample_schemas, samples, schemas, services, transforms, zoo
from .models import Design, DesignVersion
from .picture import digest, picture

router = Router(tags=["designs"])
engine = Router(tags=["engine"])
zoo_router = Router(tags=["zoo"])


def _design(request: HttpRequest, id: str) -> Design:
    return get_object_or_404(Design.objects.visible_to(request.user), pid=id)


# -- the engine's knowledge ---------------------------------------------------------------------------------------


@engine.get("/registry", response=dict[str, list[dict[str, Any]]], operation_id="registry")
def get_registry(request: HttpRequest, kind: str | None = None) -> HttpResponse:
    """Everything a user can choose, by kind: blocks, optimizers, schedules, ...; or one kind alone."""
    if kind is not None and kind not in registry.PACKAGES:
        raise ApiError(404, "not_found", f"There is no kind {kind}; there are {', '.join(registry.PACKAGES)}.", "kind")
    return jsons.answer(code.registry_json(kind))


@engine.get("/registry/block/{id}/help", response=schemas.BlockHelp, operation_id="block_help")
def get_block_help(request: HttpRequest, id: str) -> dict[str, Any]:
    """A block's formula as MathML and, of a block made of others, the graph inside."""
    try:
        return help.of_block(id)
    except registry.UnknownEntry as error:
        raise ApiError(404, "not_found", f"{error}.", "id") from None


@engine.post("/analyze", response=schemas.AnalyzeOut, operation_id="analyze")
def analyze(request: HttpRequest, body: schemas.AnalyzeIn) -> HttpResponse:
    """Shapes, parameters, MACs, memory and faults of a design, per node and in total."""
    found = services.analyse(request.user, body.design, body.dataset, body.facts, body.variables, body.batch)
    return jsons.answer(found)


@engine.post("/generate", response=schemas.GenerateOut, operation_id="generate")
def generate(request: HttpRequest, body: schemas.GenerateIn) -> HttpResponse:
    """The group that a generator makes of its parameters, and those inside; 422 for parameters that it refuses."""
    return jsons.answer(services.generated(body.generator, body.params))


@engine.post("/transform", response=schemas.TransformOut, operation_id="transform")
def transform(request: HttpRequest, body: schemas.TransformIn) -> dict[str, Any]:
    """What a transform makes of a design, not stored, with what both cost; 422 says why it cannot."""
    return transforms.transform(request.user, body)


@engine.post("/compare", response=schemas.CompareOut, operation_id="compare")
def compare(request: HttpRequest, body: schemas.CompareIn) -> dict[str, Any]:
    """What differs between two designs: nodes, wires, variables, groups, and what each costs."""
    return services.compare(request.user, body.before, body.after, body.dataset)


@engine.get("/rates", response=schemas.RatesOut, operation_id="rates")
def get_rates(request: HttpRequest) -> dict[str, Any]:
    """How fast this machine computes, from which latencies are estimated; measured when first asked for."""
    return rates.measured().to_json()


@engine.post("/profile", response=schemas.ProfileOut, operation_id="profile")
def profile(request: HttpRequest, body: schemas.ProfileIn) -> dict[str, Any]:
    """Time and memory of every node of a design, measured on this machine for one batch."""
    return profiles.profile(request.user, body)


@engine.post("/code", response=schemas.CodeOut, operation_id="code")
def get_code(request: HttpRequest, body: schemas.CodeIn) -> dict[str, Any]:
    """The design as one Python file that runs without Blockyard, plain and highlighted, with each node's lines."""
    return code.of_document(request.user, body.design, body.dataset)


@engine.post("/sample", response=sample_schemas.SampleOut, operation_id="sample")
def sample(request: HttpRequest, body: sample_schemas.SampleIn) -> HttpResponse:
    """A sample on its way through a design: figures and a picture of the value at every node, and what is wrong."""
    return HttpResponse(samples.sample(request.user, body), content_type="application/json")


@engine.get("/sample/progress", response=sample_schemas.SampleProgress, operation_id="sample_progress")
def sample_progress(request: HttpRequest) -> dict[str, Any]:
    """How far your sample is that is going through just now; empty where none is."""
    return samples.progress(request.user)


# -- the zoo ------------------------------------------------------------------------------------------------------


def zoo_json(entry: registry.Entry, wait: bool = False) -> dict[str, Any]:
    return {**zoo.summary(entry, wait), "picture": _zoo_picture(entry.id)}


@lru_cache(maxsize=1024)
def _zoo_picture(id: str) -> str:
    return f"{reverse('api:zoo_picture', args=[id])}?v={digest(zoo.document(id))}"


def _entry(id: str) -> registry.Entry:
    entry = registry.find("design", id)
    if entry is None:
        raise ApiError(404, "not_found", f"There is no zoo design {id!r}.", "id")
    return entry


@zoo_router.get("", response=Listing[schemas.ZooOut], operation_id="zoo_list")
def zoo_list(request: HttpRequest, page_of: PageQuery) -> dict[str, Any]:
    """Published architectures; figures that are still being worked out are null."""
    return page(registry.all("design"), page_of, zoo_json)


@zoo_router.get("/{id}", response=schemas.ZooDetail, operation_id="zoo_get")
def zoo_get(request: HttpRequest, id: str) -> dict[str, Any]:
    """One published architecture with its document and figures."""
    entry = _entry(id)
    return {**zoo_json(entry, wait=True), "design": zoo.document(id)}


@zoo_router.get("/{id}/picture.svg", url_name="zoo_picture", operation_id="zoo_picture")
def zoo_picture(request: HttpRequest, id: str) -> HttpResponse:
    """A small picture of the graph, as SVG."""
    return _svg(zoo.document(_entry(id).id))


def _svg(document: dict[str, Any]) -> HttpResponse:
    answer = HttpResponse(picture(document), content_type="image/svg+xml")
    answer["Cache-Control"] = "private, max-age=31536000, immutable"
    # Opened by itself an SVG is a document; this one has no script, and must not be able to get one.
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return answer


# -- designs ------------------------------------------------------------------------------------------------------


def with_newest(rows: Any) -> Any:
    """Designs with their newest version's number, hash and figures and the number of their runs, in one query."""
    from playground.runs.models import Run

    newest = DesignVersion.objects.filter(design=OuterRef("pk")).order_by("-number")
    runs = (
        Run.objects.filter(design_version__design=OuterRef("pk"), trashed__isnull=True)
        .order_by()
        .values("design_version__design")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return rows.annotate(
        newest_number=Subquery(newest.values("number")[:1]),
        newest_hash=Subquery(newest.values("hash")[:1]),
        newest_params=Subquery(newest.values("params")[:1]),
        newest_macs=Subquery(newest.values("macs")[:1]),
        newest_document=Subquery(newest.values("document")[:1]),
        n_runs=Subquery(runs),
    )


def row_json(design: Any) -> dict[str, Any]:
    shown = design.draft if design.draft is not None else design.newest_document or {}
    address = reverse("api:design_picture", args=[design.pid])
    return {
        "id": design.pid,
        "name": design.name,
        "version": design.newest_number,
        "hash": design.newest_hash or "",
        "params": design.newest_params,
        "macs": design.newest_macs,
        "zoo": design.zoo,
        "runs": design.n_runs or 0,
        "has_draft": design.draft is not None,
        "created": design.created,
        "updated": design.updated,
        **labels_json(design),
        "url": f"/designs/{design.pid}",
        "picture": f"{address}?v={digest(shown)}",
    }


@router.get("", response=Listing[schemas.DesignRow], operation_id="design_list")
def design_list(request: HttpRequest, find: FindQuery) -> dict[str, Any]:
    """Your designs, the last changed first; `q` searches their names, notes and tags."""
    return page(search(Design.objects.visible_to(request.user), find), find, row_json, with_newest)


@router.post("", response={201: schemas.DesignCreated}, operation_id="design_create")
def design_create(request: HttpRequest, body: schemas.DesignIn) -> Any:
    """Store a new design, as its version 1."""
    return Status(201, _created(services.create(request.user, body.design, body.name, body.zoo)))


def _created(design: Design) -> dict[str, Any]:
    version = design.versions.get()
    design.refresh_from_db(fields=["draft_number"])
    return {
        "id": design.pid,
        "name": design.name,
        "version": version.number,
        "hash": version.hash,
        "draft_number": design.draft_number,
    }


@router.get("/tags", response=dict[str, int], operation_id="design_tags")
def design_tags(request: HttpRequest) -> dict[str, int]:
    """The tags of your designs, the most used first."""
    return tags_of(Design.objects.visible_to(request.user))


@router.post("/import", response=schemas.ImportOut, operation_id="design_import")
def design_import(request: HttpRequest, filename: schemas.Filename) -> HttpResponse:
    """An ONNX file, which is the body, as a design that is not stored yet. Weights are no part of a design: once this
    one is saved, they are kept with its version (`version_weights`).

    `problems` lists the operators that no block stands for; each has a node of its own that says so.
    """
    with bodies.as_file(request) as path:
        return jsons.answer(importing.import_onnx(path, filename))


@router.get("/{id}", response=schemas.DesignDetail, operation_id="design_get")
def design_get(request: HttpRequest, id: str) -> dict[str, Any]:
    """A design: its newest version's document, and the draft with the number to send with the next draft."""
    return detail_json(_design(request, id))


def detail_json(design: Design) -> dict[str, Any]:
    newest = design.versions.first()
    return {
        "id": design.pid,
        "name": design.name,
        "zoo": design.zoo,
        "version": newest.number if newest else None,
        "hash": newest.hash if newest else "",
        "design": newest.document if newest else {},
        "draft": {"number": design.draft_number, "design": design.draft},
        **labels_json(design),
        "created": design.created,
        "updated": design.updated,
        "url": f"/designs/{design.pid}",
    }


@router.patch("/{id}", response=schemas.DesignDetail, operation_id="design_change")
def design_change(request: HttpRequest, id: str, body: schemas.DesignChange) -> dict[str, Any]:
    """Give a design another name, other tags, another note."""
    return detail_json(services.change(_design(request, id), body))


@router.post("/{id}/duplicate", response={201: schemas.DesignCreated}, operation_id="design_duplicate")
def design_duplicate(request: HttpRequest, id: str, body: schemas.DuplicateIn) -> Any:
    """A new design of yours with the same document, tags and note."""
    return Status(201, _created(services.duplicate(_design(request, id), request.user, body.version, body.name)))


@router.delete("/{id}", response={204: None}, operation_id="design_delete")
def design_delete(request: HttpRequest, id: str) -> Any:
    """Put a design into the trash; its runs and demos stay."""
    trash.put(_design(request, id))
    return Status(204, None)


@router.put("/{id}/draft", response=schemas.DraftSaved, operation_id="design_draft")
def design_draft(request: HttpRequest, id: str, body: schemas.DraftIn) -> dict[str, Any]:
    """Autosave. `base` is the number last seen; 409 with the newer draft when somebody else wrote since."""
    return {"number": services.save_draft(_design(request, id), body.design, body.base)}


@router.get("/{id}/picture.svg", url_name="design_picture", operation_id="design_picture")
def design_picture(request: HttpRequest, id: str) -> HttpResponse:
    """A small picture of what the editor would open, as SVG."""
    return _svg(services.current_document(_design(request, id)))


# -- versions -----------------------------------------------------------------------------------------------------


def version_json(version: DesignVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "name": version.name,
        "hash": version.hash,
        "params": version.params,
        "macs": version.macs,
        "author": version.author.username if version.author else None,
        "runs": getattr(version, "n_runs", 0),
        "created": version.created,
    }


def _versions(design: Design) -> Any:
    return design.versions.select_related("author").annotate(n_runs=Count("runs")).order_by("-number")


@router.get("/{id}/versions", response=Listing[schemas.VersionRow], operation_id="version_list")
def version_list(request: HttpRequest, id: str, page_of: PageQuery) -> dict[str, Any]:
    """The saved versions of a design, newest first."""
    return page(_versions(_design(request, id)).defer("document"), page_of, version_json)


@router.post("/{id}/versions", response={201: schemas.VersionSaved}, operation_id="version_create")
def version_create(request: HttpRequest, id: str, body: schemas.VersionIn) -> Any:
    """Save a version; a document equal to the newest version's gives that one back; 409 as for a draft."""
    design = _design(request, id)
    version = services.save(design, request.user, body.design, body.name, body.base)
    design.refresh_from_db(fields=["draft_number"])
    saved = {"version": version.number, "hash": version.hash, "name": version.name}
    return Status(201, {**saved, "draft_number": design.draft_number})


@router.get("/{id}/versions/{number}", response=schemas.VersionDetail, operation_id="version_get")
def version_get(request: HttpRequest, id: str, number: int) -> dict[str, Any]:
    """One saved version with its document."""
    version = get_object_or_404(_versions(_design(request, id)), number=number)
    return {**version_json(version), "design": version.document}


@router.post("/{id}/versions/{number}/weights", response={201: schemas.WeightsKept}, operation_id="version_weights")
def version_weights(request: HttpRequest, id: str, number: int, filename: schemas.Filename) -> Any:
    """Keep the weights of the ONNX file that a version was imported from, which is the body: as a run of that version.

    Samples go through at them, trainings begin with them, and they can be downloaded.
    """
    version = get_object_or_404(_design(request, id).versions, number=number)
    with bodies.as_file(request) as path:
        run = importing.keep(request.user, version, path, filename)
    return Status(201, {"run": run.pid, "name": run.name, "url": f"/runs/{run.pid}"})


@router.get("/{id}/latency", response=schemas.LatencyList, operation_id="design_latency")
def design_latency(request: HttpRequest, id: str, dataset: str | None = None) -> dict[str, Any]:
    """The latencies that runs of a design have measured, the newest of each version."""
    from playground.runs import latency

    return {"items": latency.measured(request.user, _design(request, id), dataset)}


@router.get("/{id}/code", response=schemas.CodeOut, operation_id="design_code")
def design_code(
    request: HttpRequest, id: str, version: int | None = None, dataset: str | None = None
) -> dict[str, Any]:
    """The Python code of a version, or of what the editor would open."""
    design = _design(request, id)
    document = services.current_document(design)
    if version is not None:
        document = get_object_or_404(design.versions, number=version).document
    return code.of_document(request.user, document, dataset)
