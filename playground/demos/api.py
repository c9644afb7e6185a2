from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from playground.trash import services as trash
from playground.web import jsons
from playground.web.labels import Find, FindQuery, labels_json, search, tags_of
from playground.web.paging import Listing, page

from . import pool, quick, schemas, services
from .models import Demo

router = Router(tags=["demos"])


def with_relations(rows: Any) -> Any:
    """Demos with all that lists show, in one query."""
    rows = rows.select_related("run__design_version__design", "owner")
    return rows.defer("run__design_version__document", "run__result")


def row_json(demo: Demo) -> dict[str, Any]:
    run = demo.run
    return {
        "slug": demo.pid,
        "title": demo.title,
        "run": {"id": run.pid, "name": run.name, "url": f"/runs/{run.pid}"},
        "design": run.design_version.design.name,
        "dataset": run.dataset_name,
        "created": demo.created,
        "owner": demo.owner.username,
        **labels_json(demo),
        "url": f"/d/{demo.pid}",
    }


def detail_json(demo: Demo) -> dict[str, Any]:
    served = pool.get(demo.run)
    return {
        **row_json(demo),
        "task": served.network.task,
        "widget": served.widget,
        "input": served.input,
        "labels": list(served.labels),
        "metrics": _plain((demo.run.result or {}).get("metrics") or {}),
        "predict_url": f"/api/demos/{demo.pid}/predict",
    }


def _plain(metrics: dict[str, Any]) -> dict[str, Any]:
    """The single figures, without tables such as the confusion matrix."""
    return {key: value for key, value in metrics.items() if isinstance(value, int | float | str)}


@router.get("", response=Listing[schemas.DemoRow], operation_id="demo_list")
def demo_list(request: HttpRequest, find: FindQuery) -> dict[str, Any]:
    """Your demos, the newest first."""
    return listing_json(request.user, find)


def listing_json(user: Any, find: Find) -> dict[str, Any]:
    return page(search(Demo.objects.visible_to(user), find, "title"), find, row_json, with_relations)


@router.post("", response={201: schemas.DemoCreated}, operation_id="demo_publish")
def demo_publish(request: HttpRequest, body: schemas.DemoIn) -> Any:
    """Put a finished run behind a page that answers."""
    demo = services.publish(request.user, body.run, body.title)
    return Status(201, {"slug": demo.pid, "url": f"/d/{demo.pid}"})


@router.get("/tags", response=dict[str, int], operation_id="demo_tags")
def demo_tags(request: HttpRequest) -> dict[str, int]:
    """The tags of your demos, the most used first."""
    return tags_of(Demo.objects.visible_to(request.user))


@router.get("/{slug}", response=schemas.DemoDetail, operation_id="demo_get")
def demo_get(request: HttpRequest, slug: str) -> dict[str, Any]:
    """A demo: what it takes, what it may answer, how good it was on test data."""
    return detail_json(services.find(request.user, slug))


@router.post("/{slug}/predict", response=schemas.PredictOut, operation_id="demo_predict")
def demo_predict(request: HttpRequest, slug: str, body: schemas.PredictIn) -> HttpResponse:
    """Ask the model."""
    run = services.run_of(request.user, slug)
    answer = services.predict(run, body)
    quick.remember(request, run, answer["total_ms"])
    return jsons.answer(answer)


@router.get("/{slug}/samples", response=schemas.Samples, operation_id="demo_samples")
def demo_samples(
    request: HttpRequest,
    slug: str,
    n: Annotated[int, Field(ge=1, le=48)] = 12,
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0,
) -> dict[str, Any]:
    """Items of the test data with their true labels, to try the demo with."""
    return {"items": services.samples(services.find(request.user, slug).run, n, seed)}


@router.patch("/{slug}", response=schemas.DemoRow, operation_id="demo_change")
def demo_change(request: HttpRequest, slug: str, body: schemas.DemoChange) -> dict[str, Any]:
    """Give a demo another title, other tags, another note."""
    return row_json(services.change(services.find(request.user, slug), body))


@router.delete("/{slug}", response={204: None}, operation_id="demo_delete")
def demo_delete(request: HttpRequest, slug: str) -> Any:
    """Take a demo down, into the trash; its run stays."""
    trash.put(services.find(request.user, slug))
    return Status(204, None)
