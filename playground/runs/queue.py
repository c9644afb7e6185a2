"""The queue as people see it: in which order runs will be taken, when, and why one waits."""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import redis
from django.db.models import F, Q

from playground.ops import disk, workers
from playground.ops.models import Announcement

from . import lease
from .models import HELD, Run, State

Row = dict[str, Any]
# Runs that have ended, looked at for how long such a run takes.
N_EARLIER = 500


@dataclass(frozen=True)
class Held:
    """A run that a worker has: when it will probably end, in seconds from now; its turn; its owner."""

    ends_s: float
    turn: int
    owner: int


@dataclass
class Machine:
    """Where runs are taken: how many at once, what goes on there, and whether that suffers nothing beside it."""

    slots: int
    held: list[Held] = field(default_factory=list)
    alone: bool = False

    def takes(self, alone: bool) -> bool:
        return not self.held if alone else not self.alone and len(self.held) < self.slots


@dataclass(frozen=True)
class Waiting:
    """A queued run: its place, from 1, and when it will probably start, in seconds from now."""

    pk: int
    place: int
    alone: bool
    # None where nobody knows how long what comes before it takes.
    starts_s: float | None


@dataclass(frozen=True)
class Forecast:
    """The queue from its first to its last, and what works on it."""

    order: list[Waiting]
    machines: list[Machine]
    # None where Redis, which would know, does not answer.
    n_workers: int | None
    # What an administrator says while no run starts.
    maintenance: str = ""

    @property
    def slots(self) -> int:
        return sum(machine.slots for machine in self.machines)

    @property
    def busy(self) -> int:
        return sum(len(machine.held) for machine in self.machines)

    def reason(self, waiting: Waiting) -> Row:
        """Why a queued run waits: `code`, `message`, and as `remedy` what helps."""
        if self.maintenance:
            words = f"Maintenance: no new run starts. {self.maintenance}"
            return _reason("maintenance", words, "It starts by itself when maintenance is over.")
        if disk.too_low_to_begin():
            return _reason("no_disk", disk.message(), disk.REMEDY)
        if self.n_workers is None:
            return _reason("no_redis", "Redis does not answer, so no worker can be woken.", "Start Blockyard again.")
        if not self.n_workers:
            remedy = "Start Blockyard again; on a server, start a worker."
            return _reason("no_worker", "No worker is running, so nothing is taken from the queue.", remedy)
        if all(machine.alone for machine in self.machines):
            return _reason("measuring", "Something is being measured, and nothing runs beside that.")
        first = waiting.place == 1
        if first and any(machine.takes(waiting.alone) for machine in self.machines):
            return _reason("starting", "It is next, and a place is free: it starts in a moment.")
        if first and waiting.alone:
            return _reason("needs_idle", "It measures, so it waits until nothing else runs on the machine.")
        if self.order[0].alone and self.busy < self.slots:
            words = "What is next measures and waits until nothing else runs; the rest waits behind it."
            return _reason("behind_measuring", words)
        if self.busy < self.slots:
            return _reason("behind", "What is next starts in a moment; then comes the rest.")
        taken = "The one place for runs is" if self.slots == 1 else f"All {self.slots} places for runs are"
        n = waiting.place - 1
        before = "it is next" if first else f"{n} {'run is' if n == 1 else 'runs are'} before it"
        return _reason("busy", f"{taken} taken, and {before}.")


def _reason(code: str, message: str, remedy: str = "") -> Row:
    return {"code": code, "message": message, "remedy": remedy}


def forecast(queue: str = "runs") -> Forecast:
    """The order in which queued runs will be taken, if those that run end when they say, or else the oldest first.

    People take turns, so who is next changes with every claim: the claims are played through, by the same figures
    that `lease.claim` goes by.
    """
    now_there, n_workers = _machines(queue)
    machines = copy.deepcopy(now_there)
    rows = list(lease.waiting(queue).values(*FIELDS))
    takes_s = _durations(rows)
    loads = {row["owner_id"]: row["load"] for row in rows}
    turns = {row["owner_id"]: row["last_turn"] for row in rows}
    turn = max([*turns.values(), *(held.turn for machine in machines for held in machine.held)], default=0)
    # Between a person's own runs no claim changes the order.
    lines: dict[int, list[Row]] = defaultdict(list)
    for row in reversed(rows):
        lines[row["owner_id"]].append(row)
    order: list[Waiting] = []
    now = 0.0
    stopped = Announcement.objects.maintenance()
    known = bool(n_workers) and stopped is None
    while lines:
        heads = [line[-1] for line in lines.values()]
        row = min(heads, key=lambda head: _key(head, loads, turns))
        owner, alone = row["owner_id"], lease.runs_alone(row["kind"])
        machine = next((machine for machine in machines if machine.takes(alone)), None)
        if machine is None:
            # Whoever's run ends has one less now, and may be next.
            now = max(now, _end_one(machines, loads))
            continue
        lines[owner].pop()
        if not lines[owner]:
            del lines[owner]
        turn += 1
        loads[owner], turns[owner] = loads[owner] + 1, turn
        machine.held.append(Held(now + takes_s.get(row["pk"], math.inf), turn, owner))
        machine.alone = alone
        order.append(Waiting(row["pk"], len(order) + 1, alone, now if known and math.isfinite(now) else None))
    return Forecast(order, now_there, n_workers, stopped.text if stopped else "")


def place_of(run: Run) -> int | None:
    """The place of a run in its queue, from 1; None where it does not wait."""
    if run.state != State.QUEUED:
        return None
    return next((waiting.place for waiting in forecast(run.queue).order if waiting.pk == run.pk), None)


def _key(row: Row, loads: dict[int, int], turns: dict[int, int]) -> tuple[Any, ...]:
    """`lease.ORDER`, with the load and the last turn of the owner as they are by then."""
    return -row["priority"], loads[row["owner_id"]], turns[row["owner_id"]], row["place"], row["pk"]


def _end_one(machines: list[Machine], loads: dict[int, int]) -> float:
    """Let the run end that ends first; when that is."""
    machine, held = min(
        ((machine, held) for machine in machines for held in machine.held),
        key=lambda pair: (pair[1].ends_s, pair[1].turn),
    )
    machine.held.remove(held)
    machine.alone = machine.alone and bool(machine.held)
    if held.owner in loads:
        loads[held.owner] -= 1
    return held.ends_s


def _machines(queue: str) -> tuple[list[Machine], int | None]:
    """The machines that take from the queue or hold runs of it, and how many workers live on them."""
    found: dict[str, Machine] = {}
    n_workers: int | None = 0
    try:
        alive = [worker for worker in workers.alive() if queue in worker.queues]
        n_workers = len(alive)
        for worker in alive:
            found.setdefault(lease.machine_of(worker.name), Machine(0)).slots += worker.slots
    except redis.RedisError:
        n_workers = None
    held = Run.objects.filter(state__in=HELD).order_by("turn")
    for kind, worker, turn, owner, progress in held.values_list("kind", "worker", "turn", "owner_id", "progress"):
        machine = found.setdefault(lease.machine_of(worker), Machine(0))
        left = (progress or {}).get("eta_s")
        machine.held.append(Held(left if isinstance(left, int | float) else math.inf, turn, owner))
        machine.alone = machine.alone or lease.runs_alone(kind)
    machines = list(found.values()) or [Machine(1)]
    for machine in machines:
        machine.slots = max(1, machine.slots, len(machine.held))
    return machines, n_workers


FIELDS = ("pk", "owner_id", "kind", "priority", "place", "load", "last_turn", "paper", "check_name")
FIELDS += ("design_version__design_id", "builtin", "dataset_id", "recipe__epochs", "recipe__seconds")
SAME = ("kind", "paper", "check_name", "design_version__design_id", "builtin", "dataset_id")


def _durations(rows: list[Row]) -> dict[int, float]:
    """How long runs will probably take, by what the newest of the same kind took, for as many epochs; in seconds."""
    if not rows:
        return {}
    designs = {row["design_version__design_id"] for row in rows} - {None}
    checks = {row["check_name"] for row in rows} - {""}
    alike = Q(design_version__design_id__in=designs) | Q(check_name__in=checks)
    earlier = Run.objects.filter(alike, state=State.DONE, seconds__gt=0).order_by(F("pk").desc())
    known: dict[tuple[Any, ...], float] = {}
    for row in earlier.values(*SAME, "seconds", "recipe__epochs")[:N_EARLIER]:
        known.setdefault(tuple(row[name] for name in SAME), row["seconds"] / (row["recipe__epochs"] or 1))
    found = {}
    for row in rows:
        limit = row["recipe__seconds"] or math.inf
        each = known.get(tuple(row[name] for name in SAME))
        found[row["pk"]] = min(limit, math.inf if each is None else each * (row["recipe__epochs"] or 1))
    return found
