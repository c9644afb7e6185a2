"""Who may write a run: claim, heartbeat, loss. The rules and their reasons are listed with each function.

A claim gives a fence number. Every later write of the claimant names it and does nothing once it is out of date, so a
run has one writer whatever is delivered twice, paused or cut off. No wall clock decides anything.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from playground.ops.models import Announcement

from . import journal
from .journal import LeaseLost
from .models import ALONE, HELD, Desired, Run, State
from .wire import Event, text

logger = logging.getLogger(__name__)

# Attempts without a new checkpoint before a run counts as failed.
MAX_ATTEMPTS = 3

__all__ = ["MAX_ATTEMPTS", "Claim", "LeaseLost", "Timing", "beat", "claim", "finish", "recover", "release", "timing"]


@dataclass(frozen=True)
class Timing:
    """The lease's times in seconds."""

    beat: float = 5.0

    @property
    def patience(self) -> float:
        """A supervisor without a successful beat for this long kills its engine."""
        return 4 * self.beat

    @property
    def lost(self) -> float:
        """An observer that has seen no beat for this long shows the run as lost."""
        return 5 * self.beat

    @property
    def gone(self) -> float:
        """An observer that has seen no beat for this long takes the run away; well after `patience`."""
        return 7 * self.beat

    @property
    def sweep(self) -> float:
        """Time between two looks of an observer."""
        return self.beat

    @property
    def takeover(self) -> float:
        """The longest a run whose worker has died waits to be queued again, found by an observer alone.

        One look to see its last beat, the silence, and up to one look more to notice that it has lasted.
        """
        return self.sweep + self.gone + self.sweep


def timing() -> Timing:
    return Timing(settings.BLOCKYARD_BEAT_SECONDS)


@dataclass(frozen=True)
class Claim:
    """The right to write one run, for as long as its fence number is the newest."""

    run_id: int
    pid: str
    fence: int
    attempt: int


@lru_cache
def worker_name() -> str:
    return f"{_machine()}{os.getpid()}"[:200]


def _machine() -> str:
    return f"{socket.gethostname()}:"


def machine_of(worker: str) -> str:
    """The machine on which a worker of that name is."""
    return worker.rpartition(":")[0]


def runs_alone(kind: str) -> bool:
    """Whether runs of this kind measure, so that nothing else may run on their machine meanwhile."""
    return kind in ALONE


# The slots of a machine are threads of one process: each sees what the one before has taken.
_claiming = threading.Lock()


# `queue.forecast` plays claims through by the same.
ORDER = ("-priority", "load", "last_turn", "place", "pk")


def waiting(queue: str = "runs") -> QuerySet:
    """The queued runs, the one first that would be claimed now.

    That is: the highest priority; then whose owner has the fewest running now (`load`); then whose owner's last turn
    was longest ago (`last_turn`); then who has waited longest (`place`).
    """
    same_owner = Run.objects.filter(owner=OuterRef("owner")).order_by().values("owner")
    running = same_owner.filter(state__in=HELD).annotate(n=Coalesce(Count("pk"), Value(0))).values("n")
    turn = same_owner.annotate(last=Max("turn")).values("last")
    queued = Run.objects.filter(state=State.QUEUED, queue=queue)
    return queued.annotate(load=Coalesce(Subquery(running), Value(0)), last_turn=Subquery(turn)).order_by(*ORDER)


def claim(queue: str = "runs") -> Claim | None:
    """The first of those that wait, taken in one transaction; None when there is none.

    A check and a profile measure, so nothing else runs on their machine meanwhile: where one is next it waits for what
    is going on there, and what comes after it waits, too. During maintenance nothing is taken.
    """
    with _claiming, transaction.atomic():
        here = set(Run.objects.filter(state__in=HELD, worker__startswith=_machine()).values_list("kind", flat=True))
        if any(map(runs_alone, here)):
            return None
        if Announcement.objects.maintenance() is not None:
            return None
        rows = waiting(queue)
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        run = rows.first()
        if run is None or (here and runs_alone(run.kind)):
            return None
        top = Run.objects.aggregate(top=Max("turn"))["top"] or 0
        now = timezone.now()
        fence, attempt = run.fence + 1, run.attempt + 1
        taken = journal.append(
            run.pk,
            run.fence,
            [{"type": "state", "t": now.timestamp(), "state": State.RUNNING, "attempt": attempt}],
            states=(State.QUEUED,),
            state=State.RUNNING,
            fence=fence,
            attempt=attempt,
            beat=0,
            turn=top + 1,
            worker=worker_name(),
            started=run.started or now,
            finished=None,
            error=None,
        )
        assert taken
        return Claim(run.pk, run.pid, fence, attempt)


def beat(held: Claim) -> str:
    """Show that the claimant lives; what is desired of the run. Raises LeaseLost when it is no longer ours."""
    mine = Run.objects.filter(pk=held.run_id, fence=held.fence, state__in=HELD)
    if not mine.update(beat=F("beat") + 1, state=State.RUNNING):
        raise LeaseLost(held.pid)
    desired = Run.objects.filter(pk=held.run_id, fence=held.fence).values_list("desired", flat=True).first()
    if desired is None:
        raise LeaseLost(held.pid)
    return desired


def desired(held: Claim) -> str:
    """What is desired of the run now. Raises LeaseLost when it is no longer ours."""
    found = Run.objects.filter(pk=held.run_id, fence=held.fence, state__in=HELD).values_list("desired", flat=True)
    word = found.first()
    if word is None:
        raise LeaseLost(held.pid)
    return word


def release(held: Claim, reason: str, seconds: float = 0.0) -> None:
    """Give a run back to the queue, at its old place; the attempt does not count, for it did not fail."""
    journal.append(
        held.run_id,
        held.fence,
        [_state_event(State.QUEUED, reason)],
        state=State.QUEUED,
        fence=F("fence") + 1,
        attempt=max(0, held.attempt - 1),
        worker="",
        seconds=F("seconds") + seconds,
    )


def finish(
    held: Claim, state: State, events: list[Event], error: dict[str, str] | None = None, seconds: float = 0.0
) -> None:
    """The one way to an end: state, reason and the last events in one transaction."""
    now = timezone.now()
    last: list[Event] = [*events]
    if error is not None:
        error = {name: text(value) for name, value in error.items()}
        last.append({"type": "error", "t": now.timestamp(), **error})
    last.append({"type": "end", "t": now.timestamp(), "state": str(state)})
    journal.append(
        held.run_id,
        held.fence,
        last,
        state=state,
        desired=Desired.RUN,
        finished=now,
        error=error,
        worker="",
        seconds=F("seconds") + seconds,
    )


def show_lost(run_id: int, fence: int, beats: int) -> bool:
    """Say that nothing has been heard of a run's worker; a beat that comes after all takes it back."""
    event = _state_event(State.LOST, "Its worker has not been heard of for a while; the run goes on by itself.")
    return journal.append(run_id, fence, [event], states=(State.RUNNING,), only={"beat": beats}, state=State.LOST)


def recover(run: Run, reason: str, only_beat: int | None = None) -> State | None:
    """Take a run from a worker that is gone: back to the queue, or to its end. None when the worker was alive.

    A new fence number shuts out whatever is still there of the old claim.
    """
    if run.desired == Desired.CANCEL:
        state = State.CANCELLED
    elif run.attempt >= MAX_ATTEMPTS:
        state = State.FAILED
    else:
        state = State.QUEUED
    columns: dict[str, object] = {"state": state, "fence": F("fence") + 1, "worker": ""}
    if state == State.QUEUED:
        events = [_state_event(State.QUEUED, reason)]
    else:
        now = timezone.now()
        columns |= {"finished": now, "desired": Desired.RUN}
        events = [{"type": "end", "t": now.timestamp(), "state": str(state)}]
    if state == State.FAILED:
        error = {
            "message": f"The run was started {run.attempt} times and lost each time before a new checkpoint.",
            "remedy": "Something ends its process: most often too little memory. Make the batch or the design smaller, "
            "or look into the worker's log; then resume.",
        }
        columns["error"] = error
        events.insert(0, {"type": "error", "t": events[0]["t"], **error})
    only = {} if only_beat is None else {"beat": only_beat}
    if not journal.append(run.pk, run.fence, events, only=only, must=False, **columns):
        return None
    logger.warning("run %s is %s: %s", run.pid, state, reason)
    return state


def _state_event(state: State, reason: str) -> Event:
    return {"type": "state", "t": timezone.now().timestamp(), "state": str(state), "reason": reason}
