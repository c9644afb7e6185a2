"""The sweep: finds runs whose worker is gone, wakes workers while runs are queued, empties the trash in time."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from dataclasses import asdict

from django.db import close_old_connections, connections
from django.db.utils import Error as DatabaseError

from playground.ops import machine, workers

from . import artifacts, lease
from .models import HELD, Run, State

logger = logging.getLogger(__name__)

GONE = "Its worker is gone; it goes on from its last checkpoint."


class Watch:
    """What one observer has seen of each held run, by its own monotonic clock: clocks of two machines may differ."""

    def __init__(self, timing: lease.Timing) -> None:
        self.timing = timing
        self.seen: dict[int, tuple[tuple[int, int], float]] = {}

    def look(self, now: float) -> None:
        """Compare with what was seen before; show as lost, then take away, what has not moved for too long."""
        held = {run.pk: run for run in Run.objects.filter(state__in=HELD).defer("metrics", "result", "recipe")}
        self.seen = {pk: seen for pk, seen in self.seen.items() if pk in held}
        for pk, run in held.items():
            mark = (run.fence, run.beat)
            known = self.seen.get(pk)
            if known is None or known[0] != mark:
                self.seen[pk] = (mark, now)
                continue
            silent = now - known[1]
            if silent > self.timing.gone:
                lease.recover(run, GONE, only_beat=run.beat)
            elif silent > self.timing.lost and run.state == State.RUNNING:
                lease.show_lost(pk, run.fence, run.beat)


def recover_all(reason: str = "Blockyard was started again.") -> int:
    """Take back every held run at once; only for who knows that no worker lives (`up` with its lock)."""
    return sum(lease.recover(run, reason) is not None for run in Run.objects.filter(state__in=HELD))


def remove_orphans() -> int:
    """Delete folders of runs that no longer exist: a run may be deleted while its engine still writes."""
    known = set(Run.objects.values_list("pid", flat=True))
    if not known:
        return 0  # a database that is empty, or not ours: nothing says that these files are nobody's
    removed = 0
    for folder in artifacts.all_folders():
        # A folder is younger than its row, except while the row's transaction is still open.
        if folder.name not in known and time.time() - folder.stat().st_mtime > 600:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


class Sweeper(threading.Thread):
    """The sweep as a thread of a worker node."""

    def __init__(self, takes_runs: bool, timing: lease.Timing | None = None, takes_io: bool = False) -> None:
        super().__init__(name="sweep", daemon=True)
        self.timing = timing or lease.timing()
        self.takes_runs = takes_runs
        self.takes_io = takes_io
        self.watch = Watch(self.timing)
        self._stop_asked = threading.Event()

    def stop(self) -> None:
        self._stop_asked.set()

    def run(self) -> None:
        # A short first pause: whoever starts a worker has just rung, or has nothing queued.
        pause, rounds = min(1.0, self.timing.sweep), 0
        while not self._stop_asked.wait(pause):
            pause = self.timing.sweep
            try:
                close_old_connections()
                self.once(rounds)
                rounds += 1
            except DatabaseError as error:
                logger.warning("the sweep could not read the database: %s", error)
            except Exception:
                logger.exception("the sweep failed; it goes on")
        workers.forget(lease.worker_name())
        connections.close_all()

    def once(self, rounds: int) -> None:
        self.note()
        self.watch.look(time.monotonic())
        self.wake()
        if self.takes_io:
            from playground.datasets import tasks as checks

            checks.sweep()
            if rounds % 60 == 0:
                from playground.trash import services as trash

                trash.sweep()
        if self.takes_runs and rounds % 60 == 0:
            remove_orphans()

    def note(self) -> None:
        """Say that this node lives."""
        from . import worker

        queues = [name for name, takes in (("runs", self.takes_runs), ("io", self.takes_io)) if takes]
        slots = worker.slots()
        load = asdict(machine.read(since_last=True))
        workers.note(workers.Worker(lease.worker_name(), queues, slots.count, slots.free, worker.devices(), load))

    def wake(self) -> None:
        """Ring for queued runs where there is a free slot: a busy worker looks for the next run by itself."""
        from . import tasks, worker

        if not self.takes_runs:
            return
        waiting = Run.objects.filter(state=State.QUEUED, queue="runs").count()
        for _ in range(min(waiting, worker.slots().free)):
            tasks.ring()
