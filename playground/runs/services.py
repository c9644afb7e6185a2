"""Everything that may be done to a run. Doors (API, admin, pages, tasks) call these and nothing below."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from playground.web.errors import ApiError

from . import artifacts, journal, lease
from .models import ENDED, HELD, Desired, NodeState, Run, State
from .wire import Event

if TYPE_CHECKING:
    from playground.accounts.models import User
    from playground.datasets.models import Dataset
    from playground.designs.models import DesignVersion

logger = logging.getLogger(__name__)

MAX_QUEUED = 200


def start(
    user: User, design_version: DesignVersion, dataset: Dataset | str | Any, recipe: dict[str, Any], name: str = ""
) -> Run:
    """Queue a run and wake a worker. `dataset` is an uploaded one, a built-in id, or a `datasets.services.Source`."""
    row, builtin, data_name = _data(dataset)
    waiting = Run.objects.filter(owner=user, state=State.QUEUED).count()
    if waiting >= MAX_QUEUED:
        raise ApiError(429, "too_many_runs", f"{waiting} runs of yours are waiting already. Cancel some, or wait.")
    title = " ".join(name.split())[:200] or f"{design_version.design.name} on {data_name}"[:200]
    with transaction.atomic():
        run = Run.objects.create(
            owner=user,
            name=title,
            design_version=design_version,
            dataset=row,
            builtin=builtin,
            dataset_name=data_name[:200],
            recipe=recipe,
        )
        _announce(run, [_queued("")], (State.QUEUED,))
        transaction.on_commit(_wake)
    run.refresh_from_db()
    return run


def _data(dataset: Any) -> tuple[Any, str, str]:
    """The row, the built-in id and the name of what `start` was given."""
    if isinstance(dataset, str):
        return None, dataset, dataset
    if hasattr(dataset, "location"):  # a Source
        return dataset.row, "" if dataset.row is not None else dataset.location, dataset.name
    return dataset, "", dataset.name


def cancel(run: Run) -> Run:
    """Stop a run: at once while it waits; a running one after its engine has written a checkpoint.

    Raises ApiError 409 when it has ended already.
    """
    now = timezone.now()
    end: list[Event] = [{"type": "end", "t": now.timestamp(), "state": "cancelled"}]
    stopped = {"state": State.CANCELLED, "finished": now, "fence": F("fence") + 1, "desired": Desired.RUN, "worker": ""}
    for _ in range(3):  # it may be claimed, or lost, between the look and the write
        run.refresh_from_db()
        if run.state in ENDED:
            raise ApiError(409, "ended", f"This run is {run.state} already.", "id")
        if run.state == State.RUNNING:
            done = Run.objects.filter(pk=run.pk, state=State.RUNNING).update(desired=Desired.CANCEL) == 1
        else:
            # Queued, or lost: there is nobody who would heed a wish.
            done = journal.append(run.pk, run.fence, end, states=(run.state,), must=False, **stopped)
        if done:
            run.refresh_from_db()
            return run
    raise ApiError(409, "busy", "This run is changing its state just now. Try again.", "id")


def resume(run: Run) -> Run:
    """Queue a cancelled or failed run again; it goes on from its last checkpoint. ApiError 409 for any other."""
    if not _requeue(run, (State.CANCELLED, State.FAILED)):
        run.refresh_from_db()
        raise ApiError(
            409, "not_resumable", f"This run is {run.state}; only cancelled or failed ones are resumed.", "id"
        )
    return run


def requeue(run: Run) -> Run:
    """For the admin: queue a run that has not ended well, or take it from a worker that hangs; it goes on from its last
    checkpoint. ApiError 409 for a done or waiting one."""
    if not _requeue(run, (State.CANCELLED, State.FAILED, *HELD)):
        run.refresh_from_db()
        raise ApiError(409, "not_resumable", f"This run is {run.state}; it cannot be queued again.", "id")
    return run


def _requeue(run: Run, states: tuple[State, ...]) -> bool:
    with transaction.atomic():
        run.refresh_from_db()
        done = journal.append(
            run.pk,
            run.fence,
            [_queued("It was asked to go on.")],
            states=states,
            must=False,
            state=State.QUEUED,
            desired=Desired.RUN,
            # Whoever still holds it is shut out.
            fence=F("fence") + 1,
            attempt=0,
            queued=timezone.now(),
            finished=None,
            error=None,
            worker="",
        )
        if done:
            transaction.on_commit(_wake)
    run.refresh_from_db()
    return done


def delete(run: Run) -> None:
    """Delete a run with its events, curves, files and demos; a running one is shut out first, which ends its engine."""
    Run.objects.filter(pk=run.pk).update(fence=F("fence") + 1, state=State.CANCELLED, desired=Desired.RUN)
    journal.delete_rows(run.pk)
    pid = run.pid
    Run.objects.filter(pk=run.pk).delete()
    artifacts.remove(pid)


def record(run: Run, fence: int, events: list[Event]) -> int:
    """Append events as the holder of claim `fence`; the new last sequence number. Raises `LeaseLost`."""
    journal.append(run.pk, fence, events)
    run.refresh_from_db()
    return run.last_seq


def snapshot(run: Run, after: int | None = None, points: int = 800) -> dict[str, Any]:
    """`{"seq", "reset", "series", "events"}`: the events after `after`, or where that is None or too far behind
    (`reset` true) the curves thinned out to about `points` points each and the newest other events."""
    return journal.snapshot(run, after, points)


def nodes(run: Run) -> dict[str, Any]:
    """`{"step", "nodes"}` of the newest look at the run's nodes; step None before the first."""
    seen = NodeState.objects.filter(run=run).values("step", "nodes").first()
    return seen or {"step": None, "nodes": {}}


def ahead(run: Run) -> int | None:
    """How many queued runs will probably start before this one; None when it does not wait."""
    if run.state != State.QUEUED:
        return None
    waiting = Run.objects.filter(state=State.QUEUED, queue=run.queue)
    return waiting.filter(priority__gt=run.priority).count() + (
        waiting.filter(priority=run.priority, queued__lt=run.queued).exclude(pk=run.pk).count()
    )


def _announce(run: Run, events: list[Event], states: tuple[State, ...]) -> None:
    journal.append(run.pk, run.fence, events, states=states)


def _queued(reason: str) -> Event:
    return {"type": "state", "t": timezone.now().timestamp(), "state": "queued", "reason": reason}


def _wake() -> None:
    from .tasks import ring_soon

    ring_soon()


LeaseLost = lease.LeaseLost
