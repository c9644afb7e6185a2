"""Every rule of demos: what can be published, what is answered, where samples come from."""

from __future__ import annotations

import base64
import binascii
import time
from functools import lru_cache
from typing import Any

from django.http import Http404

from models_core.data import DataError
from models_core.serving import GenerateRunner
from playground.accounts.models import User
from playground.datasets import services as datasets
from playground.runs.models import Run
from playground.web import labels
from playground.web.errors import ApiError
from playground.web.text import one_line

from . import pool
from .models import Demo
from .schemas import DemoChange, PredictIn


def publish(user: User, run_id: str, title: str = "") -> Demo:
    """Put a finished run behind a page; the same run twice gives the demo that is there."""
    run = Run.objects.visible_to(user).filter(pid=run_id).first()
    if run is None:
        raise ApiError(404, "not_found", "There is no such run.", "run")
    if not run.ended:
        raise ApiError(409, "not_ready", f"{run.name} is {run.state}; publish it when it has finished.", "run")
    there = Demo.objects.visible_to(user).filter(run=run).first()
    if there is not None:
        return there
    # Opened once now, so that what cannot be served is refused here and not on the page.
    pool.get(run)
    made = run.design_version.design.name
    name = one_line(title) or one_line(f"{made} on {run.dataset_name}" if run.dataset_name else made)
    return Demo.objects.create(owner=user, run=run, title=name)


def find(user: User, slug: str) -> Demo:
    demo = Demo.objects.visible_to(user).select_related("run").filter(pid=slug).first()
    if demo is None:
        raise Http404
    return demo


def run_of(user: User, slug: str) -> Run:
    """The run behind one's demo, with what serving needs of it: a short query."""
    row = Demo.objects.visible_to(user).order_by().filter(pid=slug)
    found = row.values_list("run_id", "run__pid", "run__fence", "run__name").first()
    if found is None:
        raise Http404
    key, pid, fence, name = found
    return Run(pk=key, pid=pid, fence=fence, name=name)


def raw_input(kind: str, given: PredictIn) -> Any:
    """The one field that this kind of model takes."""
    wanted = {"draw": "image", "image": "image", "text": "text", "form": "row", "generate": "prompt"}[kind]
    value = getattr(given, wanted)
    if value is None:
        raise ApiError(422, "invalid", f"This demo takes {wanted!r}, which the request does not have.", wanted)
    if wanted == "image":
        return _picture(value)
    return value


def _picture(value: str) -> bytes:
    if value.startswith("data:"):
        head, comma, value = value.partition(",")
        if not comma or not head.endswith(";base64"):
            raise ApiError(422, "invalid", "The picture is no base64 data URI.", "image")
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ApiError(422, "invalid", "The picture is not valid base64.", "image") from None
    if not data:
        raise ApiError(422, "invalid", "The picture is empty.", "image")
    return data


def predict(run: Run, given: PredictIn) -> dict[str, Any]:
    """The model's answer to one input, with the network's time and the whole time in ms."""
    began = time.perf_counter()
    served = pool.get(run)
    raw = raw_input(served.widget, given)
    try:
        if isinstance(served, GenerateRunner):
            answer = {**served.generate(raw, given.length, given.temperature, seed=given.seed), "predictions": []}
        else:
            answer = served.predict(raw, given.top)
    except (DataError, ValueError) as error:
        raise ApiError(422, "bad_input", _sentence(str(error)), "body") from None
    answer["total_ms"] = round((time.perf_counter() - began) * 1000, 3)
    return answer


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


@lru_cache(maxsize=64)
def _picked(key: tuple[str, str], n: int, seed: int, user_id: int) -> tuple[dict[str, Any], ...]:
    user = User.objects.get(pk=user_id)
    opened = datasets.open_ready(user, key[0])
    return tuple(opened.preview(n, "test", seed))


def samples(run: Run, n: int, seed: int = 0) -> list[dict[str, Any]]:
    """Some items of the test split of the data the run was trained on; none where that data is gone."""
    row = run.dataset
    if (row is None and not run.builtin) or (row is not None and row.trashed):
        return []
    key = (row.pid, row.version) if row is not None else (run.builtin, "")
    return list(_picked(key, n, seed, run.owner_id))


def change(demo: Demo, given: DemoChange) -> Demo:
    """Another title, other tags, another note."""
    columns = labels.write(demo, given)
    if given.title is not None:
        demo.title = one_line(given.title) or demo.title
        columns += ["title", "updated"]
    demo.save(update_fields=columns)
    return demo
