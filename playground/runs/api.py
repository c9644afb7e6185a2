from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Status
from pydantic import Field

from playground.trash import services as trash
from playground.web import jsons
from playground.web.files import file_response
from playground.web.labels import labels_json, search, tags_of
from playground.web.paging import Listing, page

from . import artifacts, compare, profiles, queue, requests, schemas, services
from .events import MetricsOut
from .models import HELD, Artifact, Kind, Run

router = Router(tags=["runs"])
recipes = Router(tags=["recipes"])
# Every built-in data set has pictures and classes.
IMAGES = "image_classification"


def with_relations(rows: QuerySet) -> QuerySet:
    """Runs with all their JSON needs, in one query."""
    return rows.select_related("design_version__design", "dataset", "owner").defer("design_version__document")


def as_listed(rows: QuerySet) -> QuerySet:
    """Runs with what lists show of them: without the large results."""
    return with_relations(rows).defer("design_version__document", "result")


def _run(request: HttpRequest, id: str) -> Run:
    return get_object_or_404(with_relations(Run.objects.visible_to(request.user)), pid=id)


def row_json(run: Run) -> dict[str, Any]:
    return {
        "id": run.pid,
        "kind": run.kind,
        "name": run.name,
        "state": run.state,
        "desired": run.desired,
        **(_training_json(run) if run.design_version else _check_json(run)),
        "progress": run.progress or {},
        "metrics": run.metrics or {},
        "best_accuracy": run.best_accuracy,
        "device": run.device,
        "error": run.error,
        "created": run.created,
        "started": run.started,
        "finished": run.finished,
        "seconds": run.seconds,
        "owner": run.owner.username,
        "last_seq": run.last_seq,
        **labels_json(run),
    }


def _training_json(run: Run) -> dict[str, Any]:
    version = run.design_version
    dataset = run.dataset.pid if run.dataset else run.builtin
    # An import has no data.
    away = run.dataset is not None and run.dataset.trashed is not None
    address = None if away else f"/datasets/{dataset}"
    named = {"id": dataset, "name": run.dataset_name or dataset, "url": address} if dataset else None
    shown = f"/designs/{version.design.pid}?version={version.number}"
    return {
        "task": run.dataset.task if run.dataset else IMAGES if dataset else "",
        "design": {
            "id": version.design.pid,
            "name": version.design.name,
            "version": version.number,
            "url": None if version.design.trashed else shown,
        },
        "dataset": named,
        "check": None,
        "url": f"/runs/{run.pid}",
    }


def _check_json(run: Run) -> dict[str, Any]:
    return {
        "task": "",
        "design": None,
        "dataset": None,
        "check": {"paper": run.paper, "name": run.check_name},
        "url": f"/papers/{run.paper}#{run.check_name}",
    }


def detail_json(run: Run) -> dict[str, Any]:
    return {
        **row_json(run),
        "weights": _weights_json(run),
        "recipe": run.recipe,
        "result": run.result,
        "latency": run.latency,
        "threads": run.threads,
        "attempt": run.attempt,
        "resumable": run.resumable,
        "ahead": services.ahead(run),
        "demos": list(run.demos.filter(trashed__isnull=True).values_list("pid", flat=True)),
    }


def _weights_json(run: Run) -> dict[str, Any] | None:
    if not run.weights:
        return None
    there = Run.objects.visible_to(run.owner).filter(pid=run.weights["run"]).exists()
    return {**run.weights, "url": f"/runs/{run.weights['run']}" if there else None}


@router.get("", response=Listing[schemas.RunRow], operation_id="run_list")
def run_list(request: HttpRequest, find: Query[schemas.RunFind]) -> dict[str, Any]:
    """Your runs, the newest first; of one state or kind, of one design, of one data set."""
    return listing_json(request.user, find)


def listing_json(user: Any, find: schemas.RunFind) -> dict[str, Any]:
    rows = search(Run.objects.visible_to(user), find, also=("dataset_name", "design_version__design__name"))
    if find.kind is not None:
        rows = rows.filter(kind=find.kind)
    if find.state is not None:
        rows = rows.filter(state=find.state)
    if find.design is not None:
        rows = rows.filter(design_version__design__pid=find.design)
    if find.dataset is not None:
        rows = rows.filter(Q(dataset__pid=find.dataset) | Q(builtin=find.dataset))
    return page(rows, find, row_json, as_listed)


@router.get("/tags", response=dict[str, int], operation_id="run_tags")
def run_tags(request: HttpRequest) -> dict[str, int]:
    """The tags of your runs, the most used first."""
    return tags_of(Run.objects.visible_to(request.user))


@recipes.get("", response=dict[str, Any], operation_id="recipe_form")
def recipe_form(request: HttpRequest, dataset: str | None = None) -> HttpResponse:
    """What a recipe's form is made of: the schema of its fields, the choices for each part, the presets.

    With `dataset` the presets are fitted to it: batch size, epochs and augmentations suit its task and size.
    """
    form = _form()
    if dataset is not None:
        form = {**form, "presets": requests.presets_for(request.user, dataset)}
    return jsons.answer(form)


@lru_cache(maxsize=1)
def _form() -> dict[str, Any]:
    from models_core.training.recipe import form

    return form()


@router.post("", response={201: schemas.RunCreated}, operation_id="run_start")
def run_start(request: HttpRequest, body: schemas.RunIn) -> Any:
    """Train a design: its version is saved if need be, and the run queued. Refused when it cannot be trained."""
    run = requests.start(request.user, body)
    return Status(201, _created(run))


def _created(run: Run) -> dict[str, Any]:
    return {"id": run.pid, "version": run.design_version.number, "url": f"/runs/{run.pid}"}


@router.post("/estimate", response=schemas.EstimateOut, operation_id="run_estimate")
def run_estimate(request: HttpRequest, body: schemas.EstimateIn) -> dict[str, Any]:
    """What training would take: memory by analysis, time measured over a few steps in an engine process."""
    return requests.estimate(request.user, body)


@router.post("/weights", response=schemas.WeightsList, operation_id="run_weights")
def run_weights(request: HttpRequest, body: schemas.WeightsFor) -> dict[str, Any]:
    """Your runs whose weights a training of a design could begin with: all of them fit, or most."""
    return {"items": requests.weights_for(request.user, body)}


def _chosen(request: HttpRequest, runs: str) -> tuple[list[str], list[Run]]:
    pids = compare.pids_of(runs)
    trainings = with_relations(Run.objects.visible_to(request.user)).filter(kind=Kind.TRAIN)
    return pids, compare.chosen(trainings, pids)


@router.get("/compare", response=schemas.ComparedRuns, operation_id="run_compare")
def run_compare(request: HttpRequest, runs: str) -> dict[str, Any]:
    """Trainings side by side, `runs=a,b,c`: costs, latency, the task's own measure, recipes with defaults filled in."""
    pids, found = _chosen(request, runs)
    rows = {run.pid: row_json(run) for run in found}
    beside = compare.beside(found, {pid: row["task"] for pid, row in rows.items()})
    items = [{**row, **beside[pid]} for pid, row in rows.items()]
    return {"items": items, "missing": [pid for pid in pids if pid not in rows]}


@router.get("/curves", response=schemas.ComparedCurves, operation_id="run_curves")
def run_curves(
    request: HttpRequest,
    runs: str,
    series: Annotated[str, Field(max_length=100)],
    points: Annotated[int, Field(ge=10, le=2000)] = 300,
) -> HttpResponse:
    """One curve of several trainings, `runs=a,b,c`, thinned out to about `points` points each."""
    _, found = _chosen(request, runs)
    return jsons.answer({"items": compare.read_curves(found, series, points)})


@router.get("/profile", response=schemas.ProfileForm, operation_id="profile_form")
def profile_form(request: HttpRequest) -> dict[str, Any]:
    """What a profile may ask for on this machine."""
    return profiles.form()


@router.post("/profile", response={201: schemas.RunCreated}, operation_id="profile_start")
def profile_start(request: HttpRequest, body: schemas.ProfileRunIn) -> Any:
    """Measure a design or the model of a run: latency, throughput and memory of the whole and of every node.

    It is a run like a training, and has its machine for itself while it measures; `result` has what was found.
    """
    return Status(201, _created(profiles.start(request.user, body)))


@router.get("/queue", response=schemas.QueueOut, operation_id="run_queue")
def run_queue(request: HttpRequest) -> dict[str, Any]:
    """Your runs that run or wait, in the order in which they are taken: place, why it waits, when it will start."""
    ahead = queue.forecast()
    own = {run.pk: run for run in as_listed(Run.objects.visible_to(request.user).active()).order_by("turn", "pk")}
    running = [{**_queue_json(run), "queued": None} for run in own.values() if run.state in HELD]
    waiting = [
        {
            **_queue_json(own[found.pk]),
            "place": found.place,
            "reason": ahead.reason(found),
            "starts_s": found.starts_s,
        }
        for found in ahead.order
        if found.pk in own
    ]
    return {
        "items": running + waiting,
        "waiting": len(ahead.order),
        "slots": ahead.slots,
        "busy": ahead.busy,
        "workers": ahead.n_workers,
    }


def _queue_json(run: Run) -> dict[str, Any]:
    none = {"place": None, "reason": None, "starts_s": None}
    return {**row_json(run), **none, "queued": run.queued, "priority": run.priority}


@router.post("/{id}/move", response={204: None}, operation_id="run_move")
def run_move(request: HttpRequest, id: str, body: schemas.MoveIn) -> Any:
    """Put a waiting run before another one of yours, or behind all of them; nobody else's turn changes."""
    run = _run(request, id)
    services.move(run, None if body.before is None else _run(request, body.before))
    return Status(204, None)


@router.post("/{id}/priority", response={204: None}, operation_id="run_priority")
def run_priority(request: HttpRequest, id: str, body: schemas.PriorityIn) -> Any:
    """Let a waiting run be taken before all of a lower priority; for staff alone."""
    services.prioritise(request.user, _run(request, id), body.priority)
    return Status(204, None)


@router.get("/{id}", response=schemas.RunDetail, operation_id="run_get")
def run_get(request: HttpRequest, id: str) -> dict[str, Any]:
    """A run: state, progress, newest metrics, and its result once it has one."""
    return detail_json(_run(request, id))


@router.patch("/{id}", response=schemas.RunDetail, operation_id="run_change")
def run_change(request: HttpRequest, id: str, body: schemas.RunChange) -> dict[str, Any]:
    """Give a run another name, other tags, another note."""
    return detail_json(services.change(_run(request, id), body))


@router.post("/{id}/rerun", response={201: schemas.RunCreated}, operation_id="run_rerun")
def run_rerun(request: HttpRequest, id: str, body: schemas.RerunIn) -> Any:
    """Start a run like this one, but for what the body names."""
    return Status(201, _created(requests.rerun(request.user, _run(request, id), body)))


@router.get("/{id}/metrics", response=MetricsOut, operation_id="run_metrics")
def run_metrics(
    request: HttpRequest,
    id: str,
    after: Annotated[int, Field(ge=0)] | None = None,
    points: Annotated[int, Field(ge=10, le=5000)] = 800,
) -> HttpResponse:
    """The curves, thinned out to about `points` points each; or with `after` what has happened since that number."""
    return jsons.answer(services.snapshot(_run(request, id), after, points))


@router.get("/{id}/nodes", response=schemas.NodesOut, operation_id="run_nodes")
def run_nodes(request: HttpRequest, id: str) -> HttpResponse:
    """What training looked like at each node when it was last looked at: gradients, weights, updates, dead units."""
    return jsons.answer(services.nodes(_run(request, id)))


@router.post("/{id}/cancel", response=schemas.RunDetail, operation_id="run_cancel")
def run_cancel(request: HttpRequest, id: str) -> dict[str, Any]:
    """Stop a run; a running one writes a checkpoint first, so that it can be resumed."""
    return detail_json(services.cancel(_run(request, id)))


@router.post("/{id}/resume", response=schemas.RunDetail, operation_id="run_resume")
def run_resume(request: HttpRequest, id: str) -> dict[str, Any]:
    """Go on with a cancelled or failed run from its last checkpoint."""
    return detail_json(services.resume(_run(request, id)))


@router.delete("/{id}", response={204: None}, operation_id="run_delete")
def run_delete(request: HttpRequest, id: str) -> Any:
    """Put a run into the trash, with its demos; one that has not ended is cancelled."""
    trash.put(_run(request, id))
    return Status(204, None)


def artifact_json(run: Run, artifact: Artifact) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "size": artifact.size,
        "step": artifact.step,
        "created": artifact.created,
        "url": f"/api/runs/{run.pid}/artifacts/{artifact.name}",
    }


@router.get("/{id}/artifacts", response=schemas.ArtifactList, operation_id="artifact_list")
def artifact_list(request: HttpRequest, id: str) -> dict[str, Any]:
    """The files a run left: checkpoints, the exported model, its documents."""
    run = _run(request, id)
    return {"items": [artifact_json(run, artifact) for artifact in run.artifacts.all()]}


@router.get("/{id}/artifacts/{name}", operation_id="artifact_get")
def artifact_get(request: HttpRequest, id: str, name: str) -> HttpResponseBase:
    """Download a file of a run; understands Range."""
    run = _run(request, id)
    artifact = get_object_or_404(run.artifacts.select_related("run"), name=name)
    try:
        return file_response(request, artifacts.path_of(artifact), f"{run.pid}-{artifact.name}")
    except FileNotFoundError:
        raise Http404 from None
