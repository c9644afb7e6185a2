"""Everything that may be done to a run. Doors (API, admin, pages, tasks) call these and nothing below."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from playground.web import labels
from playground.web.errors import ApiError
from playground.web.text import one_line

from . import artifacts, journal, lease, queue
from .models import ENDED, HELD, Desired, Kind, NodeState, Run, State
from .wire import Event

if TYPE_CHECKING:
    from pathlib import Path

    from playground.accounts.models import User
    from playground.datasets.models import Dataset
    from playground.designs.models import DesignVersion

    from .schemas import RunChange
    from .weights import Chosen

logger = logging.getLogger(__name__)

MAX_QUEUED = 200


def start(
    user: User,
    design_version: DesignVersion,
    dataset: Dataset | str | Any,
    recipe: dict[str, Any],
    name: str = "",
    weights: Chosen | None = None,
) -> Run:
    """Queue a run and wake a worker. `dataset` is an uploaded one, a built-in id, or a `datasets.services.Source`.

    With `weights` it begins with those. Raises ApiError 409 where they are gone by now.
    """
    row, builtin, data_name = _data(dataset)
    return _queue(
        user,
        " ".join(name.split()) or f"{design_version.design.name} on {data_name}",
        design_version=design_version,
        dataset=row,
        builtin=builtin,
        dataset_name=data_name[:200],
        recipe=recipe,
        begin=weights,
    )


def start_check(user: User, paper: str, check: str, data: dict[str, str], name: str) -> Run:
    """Queue a check of a paper and wake a worker. `data` has ids of uploaded data sets by the names the check uses.

    Raises ApiError 409 where the same check of the same person waits or runs already.
    """
    if Run.objects.active().visible_to(user).filter(kind=Kind.CHECK, paper=paper, check_name=check).exists():
        raise ApiError(409, "under_way", "This check waits or runs already; see the list of runs.", "check")
    return _queue(user, name, kind=Kind.CHECK, paper=paper, check_name=check, recipe={"data": data})


def start_profile(
    user: User,
    version: DesignVersion,
    wanted: dict[str, Any],
    name: str,
    model: tuple[dict[str, Any], Path] | None = None,
) -> Run:
    """Queue a profile of a design version and wake a worker; with `model` of that folder's, whose run it names.

    Raises ApiError 409 where the model is gone by now.
    """
    return _queue(user, name, kind=Kind.PROFILE, design_version=version, recipe=wanted, model=model)


def imported(user: User, version: DesignVersion, name: str) -> Run:
    """A run that is to hold the weights of a model made elsewhere, not stored yet: `keep` does once it has its files.

    Folders without a row are swept after a while, should it come to nothing in an unforeseen way.
    """
    return Run(
        owner=user,
        kind=Kind.IMPORT,
        name=f"Weights of {name}"[:200],
        design_version=version,
        fence=1,
        started=timezone.now(),
    )


def keep(run: Run, result: dict[str, Any], notes: list[str]) -> Run:
    """Store an import whose files lie in its folder, as a run that is done."""
    now = timezone.now()
    run.state, run.result, run.finished = State.DONE, result, now
    run.seconds = round((now - run.started).total_seconds(), 3)
    lines = [f"{result['numbers']:,} weights in {result['tensors']:,} tensors, read from {result['file']}", *notes]
    events: list[Event] = [{"type": "log", "t": now.timestamp(), "level": "info", "message": line} for line in lines]
    with transaction.atomic():
        run.save()
        _announce(run, events, (State.DONE,))
        artifacts.register(run.pk, run.pid, run.fence)
    run.refresh_from_db()
    return run


def _queue(
    user: User,
    name: str,
    begin: Chosen | None = None,
    model: tuple[dict[str, Any], Path] | None = None,
    **columns: Any,
) -> Run:
    waiting = Run.objects.filter(owner=user, state=State.QUEUED).count()
    if waiting >= MAX_QUEUED:
        raise ApiError(429, "too_many_runs", f"{waiting} runs of yours are waiting already. Cancel some, or wait.")
    with transaction.atomic():
        origin = begin.origin if begin else model[0] if model else None
        run = Run.objects.create(owner=user, name=name[:200], weights=origin, **columns)
        try:
            if begin is not None:
                artifacts.begin_with(run, begin.path)
            if model is not None:
                artifacts.begin_with_model(run, model[1])
        except FileNotFoundError:
            raise ApiError(409, "no_checkpoint", "These weights are gone; choose others.", "weights") from None
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


def change(run: Run, given: RunChange) -> Run:
    """Other tags, another note, another name. What a worker writes meanwhile is in other columns."""
    columns = labels.write(run, given)
    if given.name is not None:
        run.name = one_line(given.name) or run.name
        columns.append("name")
    run.save(update_fields=columns)
    return run


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
            queued=(now := timezone.now()),
            place=now,
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
    place = queue.place_of(run)
    return None if place is None else place - 1


def move(run: Run, before: Run | None) -> None:
    """Put a waiting run right before another one of its owner, or behind all of them.

    They swap places among themselves: nobody else's turn changes. Raises ApiError 409 where one of the two no longer
    waits, or where another priority parts them.
    """
    with transaction.atomic():
        own = Run.objects.filter(owner=run.owner_id, state=State.QUEUED, queue=run.queue, priority=run.priority)
        line = list(own.select_for_update().order_by("place", "pk").only("pk", "place"))
        rest = [other for other in line if other.pk != run.pk]
        if len(rest) == len(line) or (before is not None and before not in rest):
            raise ApiError(409, "not_waiting", "It no longer waits, or another priority parts the two.", "before")
        at = len(rest) if before is None else rest.index(before)
        places = [other.place for other in line]
        for n in range(1, len(places)):  # two that were queued in one moment
            places[n] = max(places[n], places[n - 1] + timedelta(microseconds=1))
        for other, place in zip([*rest[:at], run, *rest[at:]], places, strict=True):
            Run.objects.filter(pk=other.pk, state=State.QUEUED).update(place=place)
    run.refresh_from_db()


def prioritise(user: User, run: Run, priority: int) -> None:
    """Let a waiting run be taken before all of a lower priority, whoever's they are; for staff alone.

    Raises ApiError 403 for others, and 409 where it no longer waits.
    """
    if not user.is_staff:
        raise ApiError(
            403, "staff_only", "A priority goes before other people's runs; ask an administrator.", "priority"
        )
    if not Run.objects.filter(pk=run.pk, state=State.QUEUED).update(priority=priority):
        raise ApiError(409, "not_waiting", "It no longer waits.", "id")
    run.refresh_from_db()


def _announce(run: Run, events: list[Event], states: tuple[State, ...]) -> None:
    journal.append(run.pk, run.fence, events, states=states)


def _queued(reason: str) -> Event:
    return {"type": "state", "t": timezone.now().timestamp(), "state": "queued", "reason": reason}


def _wake() -> None:
    from .tasks import ring_soon

    ring_soon()


LeaseLost = lease.LeaseLost
