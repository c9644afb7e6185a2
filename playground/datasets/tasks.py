"""The io worker's part of data sets: each upload is read by an engine process, never in the web process."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from celery import shared_task

from playground.runs.engine import Outcome, run_command

from . import files
from .models import Dataset

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
TIME_LIMIT = 45 * 60
# A check whose beat has not moved for this long has lost its worker.
PATIENCE = 15.0

_seen: dict[int, tuple[tuple[int, int], float]] = {}


class Overtaken(Exception):
    """Somebody asked for another check, took this one over, or deleted the data set."""


@shared_task(name="playground.datasets.tasks.check", queue="io", ignore_result=True)
def check() -> None:
    """Check what is waiting, one after the other. A message too many finds nothing to do."""
    from . import services

    while (dataset := services.claim_check()) is not None:
        try:
            run_check(dataset)
        except Exception:
            logger.exception("the check of data set %s failed", dataset.pid)
            services.refuse(dataset, "The check itself failed; the server's log says why. Try it once more.")


def ring() -> None:
    """Wake a worker. A lost ring costs nothing: the sweep rings again."""
    try:
        check.apply_async(retry=False)
    except Exception as error:
        logger.warning("no worker could be woken for a data set now: %s", error)


def sweep() -> None:
    """Give up checks whose worker is gone, and ring while something waits. Called every few seconds by io workers."""
    from . import services

    services.free_lost_checks(_seen, time.monotonic(), PATIENCE)
    if Dataset.objects.filter(state=Dataset.State.CHECKING, check_taken=False).exists():
        ring()


def arguments(dataset: Dataset) -> list[str]:
    """The engine's command line for one check."""
    given = [str(files.data_path(dataset)), "--name", dataset.filename, "--data-options", json.dumps(dataset.options)]
    return ["data-check", *given, "--cache", str(files.cache_root()), "--events", "-"]


def run_check(dataset: Dataset) -> None:
    """Read and prepare one data set in a process of its own, and write down what it says."""
    from . import services

    last: dict[str, Any] = {}
    progress: dict[str, Any] = {"done": 0, "total": 0, "text": "starting"}
    beaten = time.monotonic() - BEAT_SECONDS

    def on_event(event: dict[str, Any]) -> None:
        if event["type"] in ("result", "error"):
            last.update(event)
        elif event["type"] == "progress":
            progress.update(done=event.get("done", 0), total=event.get("total", 0), text="reading")
            beat()

    def beat() -> None:
        nonlocal beaten
        if time.monotonic() - beaten >= BEAT_SECONDS:
            beaten = time.monotonic()
            if not services.beat(dataset, progress):
                raise Overtaken

    def should_stop() -> bool:
        beat()
        return False

    try:
        outcome = run_command(arguments(dataset), on_event, timeout=TIME_LIMIT, should_stop=should_stop)
    except Overtaken:
        return
    if outcome.ok and last.get("type") == "result":
        services.accept(dataset, last)
    else:
        services.refuse(dataset, _reason(outcome), {"columns": last.get("columns") or []})


def _reason(outcome: Outcome) -> str:
    said = outcome.error
    text = f"{said['message']} {said['remedy']}".strip()
    return text[:1].upper() + text[1:]
