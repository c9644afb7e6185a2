"""Links: making and revoking them, and what one lets be seen. Behind a link nothing is written but when it was seen."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from playground.accounts.models import User
from playground.demos.models import Demo
from playground.designs import services as designs
from playground.designs.models import Design
from playground.designs.picture import picture
from playground.runs import services as runs
from playground.runs.models import Kind as RunKind
from playground.runs.models import Run
from playground.web.errors import ApiError
from playground.web.owned import Owned

from .models import Link

Kind = Literal["design", "run", "demo"]
MODELS: dict[Kind, type[Owned]] = {"design": Design, "run": Run, "demo": Demo}
MAX_LINKS = 50
SEEN_EVERY = timedelta(minutes=1)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def links_of(user: User, kind: Kind, id: str) -> QuerySet[Link]:
    """The links of one of one's own objects, the newest first; 404 for anything else."""
    target = get_object_or_404(MODELS[kind].objects.visible_to(user), pid=id)
    return Link.objects.filter(**{kind: target})


def create(user: User, kind: Kind, id: str, days: int | None = None) -> tuple[Link, str]:
    """A new link to one of one's own objects, and its token, which is shown this once and not stored."""
    target = get_object_or_404(MODELS[kind].objects.visible_to(user), pid=id)
    if isinstance(target, Run) and target.kind != RunKind.TRAIN:
        raise ApiError(422, "no_training", "Only trainings can be shared; this run is none.", "id")
    if Link.objects.filter(**{kind: target}).count() >= MAX_LINKS:
        raise ApiError(409, "too_many_links", f"{target} has {MAX_LINKS} links already. Revoke one first.", "id")
    token = secrets.token_urlsafe(24)
    until = timezone.now() + timedelta(days=days) if days else None
    link = Link.objects.create(owner=user, digest=_digest(token), hint=token[:6], expires=until, **{kind: target})
    return link, token


def opened(token: str) -> Link | None:
    """The link of a token, while it holds: not revoked or expired, its object not in the trash, its owner active."""
    now = timezone.now()
    rows = Link.objects.select_related("owner", "design", "run__design_version__design", "run__dataset", "demo__run")
    link = rows.filter(Q(expires__isnull=True) | Q(expires__gt=now), digest=_digest(token), owner__is_active=True)
    found = link.first()
    if found is None or found.target.trashed or (found.demo and found.demo.run.trashed):
        return None
    if found.seen is None or now - found.seen > SEEN_EVERY:
        Link.objects.filter(pk=found.pk).update(seen=now)
    return found


def content(link: Link, token: str) -> dict[str, Any]:
    """All that the page behind a link shows, and nothing that leads further."""
    shown = {"design": _design, "run": _run, "demo": _demo}[link.kind](link.target)
    if link.demo:
        shown["predict_url"] = f"/api/shared/{token}/predict"
    return {"kind": link.kind, "owner": link.owner.username, **shown}


def _design(design: Design) -> dict[str, Any]:
    """The newest saved version: what its owner draws just now is not shown."""
    version = design.versions.first()
    document = version.document if version else {}
    groups = document.get("groups") or {}
    return {
        "name": design.name,
        "version": version.number if version else None,
        "params": version.params if version else None,
        "macs": version.macs if version else None,
        "changed": version.created if version else None,
        "svg": picture(document),
        "nodes": _nodes(document),
        "groups": [{"name": name, "nodes": _nodes(group)} for name, group in groups.items()],
    }


def _nodes(graph: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for node in graph.get("nodes", []):
        what = (
            node.get("block") or node.get("group") or node.get("generator") or ("choice" if node.get("choice") else "")
        )
        found.append({"id": str(node.get("id", "")), "what": str(what), "params": node.get("params") or {}})
    return found


def _run(run: Run) -> dict[str, Any]:
    """Curves and results; no log, no fault's text and no files, which may tell of the machine."""
    result = run.result or {}
    found = runs.snapshot(run, None)
    return {
        "name": run.name,
        "state": run.state,
        "desired": run.desired,
        "design": f"{run.design_version.design.name} v{run.design_version.number}" if run.design_version else "",
        "dataset": run.dataset_name or run.builtin,
        "task": run.dataset.task if run.dataset else "image_classification" if run.builtin else "",
        "progress": run.progress or {},
        "metrics": run.metrics or {},
        "best_accuracy": run.best_accuracy,
        "latency": run.latency,
        "device": run.device,
        "started": run.started,
        "finished": run.finished,
        "seconds": run.seconds,
        "result": {key: result[key] for key in ("metrics", "seconds", "samples_per_s") if key in result} or None,
        "series": found["series"],
    }


def _demo(demo: Demo) -> dict[str, Any]:
    from playground.demos.api import detail_json

    detail = detail_json(demo)
    return {key: detail[key] for key in ("title", "design", "dataset", "task", "widget", "input", "labels", "metrics")}


def copy(user: User, token: str) -> Design:
    """A design of one's own from a link's: its newest saved version; tags and note are its owner's and stay there."""
    link = opened(token)
    version = link.design.versions.first() if link and link.design else None
    if link is None or link.design is None or version is None:
        raise ApiError(404, "not_found", "This link leads to no design any more.", "token")
    return designs.create(user, version.document, link.design.name, link.design.zoo)
