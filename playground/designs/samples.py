"""A sample of one's data on its way through a design: asked of an engine process that stays warm between questions."""

from __future__ import annotations

import logging
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from models_core.analysis import analyze
from playground.accounts.models import User
from playground.datasets import files
from playground.datasets import services as datasets
from playground.runs import weights as weights_of
from playground.runs.warm import Busy, Ended, TooSlow, Warm
from playground.web.errors import ApiError

from .sample_schemas import SampleIn
from .services import facts_for_design, read_document

logger = logging.getLogger(__name__)

# The newest question of each user, and how far it is; an older one that still waits is dropped.
_newest: dict[int, object] = {}
_progress: dict[int, dict[str, Any]] = {}


@lru_cache(maxsize=1)
def helper() -> Warm:
    """The process of this web process."""
    return Warm(lambda: ["sample", "--serve", "--cache", str(files.cache_root())])


def progress(user: User) -> dict[str, Any]:
    """How far one's newest question is: `what` in words, `done` of `total`; nothing where none is worked on."""
    return _progress.get(user.pk, {})


def sample(user: User, body: SampleIn) -> bytes:
    """The answer as JSON: figures and a picture at every node, what is remarkable, and the sample itself.

    Raises ApiError for a design with faults, data that is not there or does not fit, weights that do not fit, and where
    it takes too long.
    """
    weights = str(weights_of.file_of(user, body.run, body.checkpoint)[1]) if body.run else None
    source = datasets.source(user, body.dataset)
    datasets.open_ready(user, body.dataset)
    design = read_document(body.design)
    report = analyze(design, facts_for_design(source.facts))
    if report.errors:
        issues = [issue.to_json() for issue in report.errors]
        text = f"A sample goes through when the design has no errors: {report.errors[0]}"
        raise ApiError(422, "bad_design", text, issues[0]["path"] or "design", issues)
    question = {
        "design": body.design,
        "data": source.location,
        "options": source.options,
        "split": body.split,
        "index": body.index,
        "weights": weights,
        "seed": body.seed,
    }
    folder = Path(settings.BLOCKYARD_DATA) / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix="sample-", suffix=".json")
    os.close(handle)
    out = Path(name)
    try:
        _ask(user, {**question, "out": name})
        return out.read_bytes()
    finally:
        out.unlink(missing_ok=True)


def _ask(user: User, question: dict[str, Any]) -> None:
    mine = _newest[user.pk] = object()

    def told(event: dict[str, Any]) -> None:
        _progress[user.pk] = {name: event.get(name) for name in ("what", "done", "total")}

    seconds = settings.BLOCKYARD_SAMPLE_SECONDS
    try:
        answer = helper().ask(
            question,
            timeout=seconds,
            # The one before may take as long; while it waits it holds one of the threads that answer requests.
            wait=seconds,
            on_event=told,
            wanted=lambda: _newest.get(user.pk) is mine,
        )
    except Busy:
        if _newest.get(user.pk) is not mine:
            raise ApiError(409, "overtaken", "Another sample was asked for since.") from None
        raise ApiError(503, "busy", "Others are looking at samples just now. Ask again in a moment.") from None
    except TooSlow:
        text = f"It took longer than {seconds:g} s (BLOCKYARD_SAMPLE_SECONDS). Take a smaller design."
        raise ApiError(422, "too_slow", text, "design") from None
    except Ended as error:
        said = error.outcome.error
        logger.warning("the process for samples ended with %d: %s", error.outcome.code, said["message"])
        raise ApiError(422, "no_sample", f"{said['message']} {said['remedy']}".strip(), "design") from None
    finally:
        if _newest.get(user.pk) is mine:
            del _newest[user.pk]
            _progress.pop(user.pk, None)
    if answer["type"] == "error":
        text = str(answer.get("message") or "")
        if not answer.get("bad_input"):
            logger.error("a sample could not be sent through: %s", text)
            raise ApiError(500, "internal", "Something broke on our side; the server's log has the details.")
        raise ApiError(422, "no_sample", text[:1].upper() + text[1:] + ".", "design")
