"""Watches over one engine for one claimed run: events in, commands out, heartbeat, and the end in words."""

from __future__ import annotations

import json
import logging
import queue
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.utils import Error as DatabaseError

from playground.ops import disk, logs

from . import artifacts, curves, journal, lease, worker
from .engine import DONE, STOPPED, Engine, Outcome, explain
from .lease import Claim, LeaseLost
from .models import Desired, Kind, Run, State
from .wire import Event

logger = logging.getLogger(__name__)

# At most four writes, and so four rings, a second and run.
FLUSH_S = 0.25
FLUSH_EVENTS = 500
LOOK_S = 1.0
# How long an engine may take for its last checkpoint: on request, and when the worker itself is being stopped
# (`up` waits ten seconds before it kills).
STOP_S, SHUTDOWN_S = 15.0, 7.0
NO_DISK = "The disk is nearly full; it goes on from its checkpoint when there is room."


def next_run(queue_name: str, env: Mapping[str, str]) -> bool:
    """Claim the next run and train it to some end; False when none is queued."""
    if disk.too_low_to_begin():
        return False
    close_old_connections()
    claim = lease.claim(queue_name)
    if claim is None:
        return False
    token = logs.run.set(claim.pid)
    logger.info("run %s: claim %d, attempt %d", claim.pid, claim.fence, claim.attempt)
    try:
        Supervisor(claim, env).work()
    except LeaseLost:
        logger.warning("run %s: claim %d is out of date; its engine is ended", claim.pid, claim.fence)
        if not Run.objects.filter(pk=claim.run_id).exists():
            artifacts.remove(claim.pid)
    finally:
        logs.run.reset(token)
        close_old_connections()
    return True


class Supervisor:
    """One claim's work. Every write goes through the lease; a lost lease kills the engine."""

    def __init__(
        self,
        claim: Claim,
        env: Mapping[str, str],
        timing: lease.Timing | None = None,
        stopping: Callable[[], bool] = worker.stopping.is_set,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.claim, self.env, self.stopping, self.clock = claim, env, stopping, clock
        self.timing = timing or lease.timing()
        self.pending: list[Event] = []
        self.errors: list[Event] = []
        self.began = self.last_beat = clock()
        self.next_beat = self.next_flush = self.next_look = self.began
        # Why the engine was told to stop ("cancel", "shutdown"), and when it is killed if it does not.
        self.reason: str | None = None
        self.kill_at = float("inf")
        # The step the engine went on from, and the last step whose evaluation has reached us.
        self.resumed_from = self.evaluated = self.kept = 0

    # -- before --------------------------------------------------------------------------------------------------

    def work(self) -> None:
        try:
            engine = self._start()
        except LeaseLost:
            raise
        except Exception as error:
            if isinstance(error, DatabaseError):
                raise
            logger.exception("run %s could not be started", self.claim.pid)
            self._fail(
                {"message": f"The engine could not be started: {error}", "remedy": "Look into the worker's log."}
            )
            return
        try:
            self._watch(engine)
            outcome = self._end(engine)
        except LeaseLost:
            engine.kill()
            raise
        except Exception as error:
            engine.kill()
            logger.exception("run %s: its supervisor failed", self.claim.pid)
            # What could not be written just now would not be written next either.
            self.pending = []
            self._fail({"message": f"The worker failed: {error}", "remedy": "Its log says more; resume to go on."})
            return
        except BaseException:
            engine.kill()
            raise
        self._conclude(outcome)

    def _start(self) -> Engine:
        run = Run.objects.select_related("design_version", "dataset").get(pk=self.claim.run_id)
        if run.kind == Kind.CHECK:
            folder = artifacts.attempt_folder(run.pid, self.claim.fence)
            return Engine(check_arguments(run, folder), env=self.env, memory_limit=self._memory())
        if run.kind == Kind.PROFILE:
            args = profile_arguments(run, self.claim.fence)
            return Engine(args, env=self.env, memory_limit=self._memory(run.recipe["device"]))
        recipe = dict(run.recipe)
        if run.threads:
            # One and two threads give different sums, so a resumed run keeps what it began with.
            recipe["threads"] = run.threads
        if run.checkpoint and run.device:
            recipe["device"] = run.device.split(" ")[0].split(":")[0]
        folder = artifacts.prepare(run.pid, self.claim.fence, run.design_version.document, recipe)
        args = ["train", str(folder / "design.json"), *data_arguments(run)]
        args += ["--recipe", str(folder / "recipe.json"), "--out", str(folder), "--events", "-"]
        if run.weights:
            args += ["--weights", str(artifacts.begin_path(run))]
            args += [] if run.weights["strict"] else ["--no-strict"]
        checkpoint = artifacts.checkpoint_folder(run.pid, run.checkpoint)
        if checkpoint is not None:
            args += ["--resume-from", str(checkpoint)]
            self.resumed_from = run.checkpoint["step"]
            self.evaluated = run.checkpoint["evaluated"]
            self._rewind(run.checkpoint["step"], run.checkpoint["points"])
            artifacts.take_document(run.pid, self.claim.fence, checkpoint)
        elif run.chunks.exists():
            # Nothing to go on from: what the earlier attempt measured is measured again.
            self._rewind(0, {})
        return Engine(args, env=self.env, memory_limit=self._memory(recipe.get("device", "auto")))

    def _memory(self, device: str = "auto") -> int | None:
        """The limit of the engine's memory: none with CUDA, whose address space by the terabyte it would count."""
        on_gpu = bool(self.env.get("CUDA_VISIBLE_DEVICES")) and device != "cpu"
        return None if on_gpu else settings.BLOCKYARD_MAX_MEMORY

    def _rewind(self, step: int, points: dict[str, int]) -> None:
        """Take back what was measured after the checkpoint, and tell those who watch."""
        with transaction.atomic():
            event: Event = {"type": "rewind", "t": round(time.time(), 3), "step": step, "evaluated": self.evaluated}
            journal.append(self.claim.run_id, self.claim.fence, [event])
            curves.cut_to(self.claim.run_id, points)

    # -- during --------------------------------------------------------------------------------------------------

    def _watch(self, engine: Engine) -> None:
        """Until the engine has said everything: read, write, beat, look."""
        while True:
            ended = self._read(engine)
            now = self.clock()
            if now - self.last_beat > self.timing.patience:
                # Whoever observes us has given us up by now, or will before we are heard again.
                logger.warning("run %s: no heartbeat could be written for %.0f s", self.claim.pid, now - self.last_beat)
                raise LeaseLost(self.claim.pid)
            if now >= self.next_beat:
                self._try(self._beat)
                self.next_beat = now + self.timing.beat
            if self.pending and (now >= self.next_flush or len(self.pending) >= FLUSH_EVENTS):
                self._try(self._flush)
                self.next_flush = self.clock() + FLUSH_S
            if now >= self.next_look and self.reason is None:
                self._try(self._look)
                self.next_look = now + LOOK_S
            if self.reason is None:
                self._mind_disk(engine)
            if self.reason is None and self.stopping():
                self._stop(engine, "shutdown", SHUTDOWN_S)
            elif self.reason == "cancel" and self.kill_at == float("inf"):
                self._stop(engine, "cancel", STOP_S)
            if now > self.kill_at:
                logger.warning("run %s: the engine did not stop in time and is killed", self.claim.pid)
                engine.kill()
                return
            if ended:
                return

    def _read(self, engine: Engine) -> bool:
        """Take what the engine has said, waiting a little for the first; True at the end of its output."""
        wait = min(0.1, max(0.001, self.next_flush - self.clock())) if self.pending else 0.1
        try:
            event = engine.events.get(timeout=wait)
            while True:
                if event is None:
                    return True
                self._take(event)
                if len(self.pending) >= FLUSH_EVENTS:
                    return False
                event = engine.events.get_nowait()
        except queue.Empty:
            return False

    def _take(self, event: Event) -> None:
        kind = event["type"]
        if kind == "end":
            return  # the end is ours to say: with the state, in one transaction
        if kind == "error":
            self.errors.append(event)
            return
        if kind == "rewind" and event.get("step") == self.resumed_from:
            return  # said already, with the points it takes back
        self.pending.append(event)

    def _try(self, action: Callable[[], None]) -> None:
        """The database may be busy or restarting; the lease's patience bounds how long that is borne."""
        try:
            action()
        except DatabaseError as error:
            logger.warning("run %s: the database does not take a write (%s); again soon", self.claim.pid, error)
            close_old_connections()

    def _beat(self) -> None:
        self._heed(lease.beat(self.claim))
        self.last_beat = self.clock()

    def _look(self) -> None:
        self._heed(lease.desired(self.claim))

    def _heed(self, desired: str) -> None:
        if desired == Desired.CANCEL and self.reason is None:
            self.reason = "cancel"

    def _mind_disk(self, engine: Engine) -> None:
        """Pause before the disk is full: what is left is enough for one more checkpoint."""
        if disk.low():
            logger.warning("run %s pauses: %d bytes are free on the disk", self.claim.pid, disk.free())
            self._stop(engine, "disk", STOP_S)

    def _stop(self, engine: Engine, reason: str, patience: float) -> None:
        self.reason = reason
        engine.stop()
        self.kill_at = self.clock() + patience

    def _flush(self) -> None:
        """Write what is pending. A checkpoint's pointer and everything said before it become true together."""
        events = self.pending
        while events:
            at = next((index for index, event in enumerate(events) if event["type"] == "checkpoint"), None)
            batch = events if at is None else events[: at + 1]
            events = events[len(batch) :]
            self._note_evaluations(batch)
            self._write(batch, self._keep(batch) if at is not None else None)
            # What is written must not be written again when a later part fails.
            self.pending = events

    def _note_evaluations(self, batch: list[Event]) -> None:
        for event in batch:
            values = event.get("values")
            if (
                event["type"] == "metrics"
                and isinstance(values, dict)
                and any(name.startswith("test/") for name in values)
            ):
                self.evaluated = max(self.evaluated, event.get("step") or 0)

    def _keep(self, batch: list[Event]) -> dict[str, Any] | None:
        """Put the checkpoint that ends this batch where it stays; its pointer."""
        step = batch[-1].get("step")
        if not isinstance(step, int):
            return None
        self.kept += 1
        try:
            return artifacts.keep(self.claim.pid, self.claim.fence, step, self.evaluated, self.kept)
        except OSError as error:
            # A full disk: the one before still holds, and the training may go on.
            text = f"The checkpoint of step {step:,} could not be kept: {error.strerror or error}."
            batch.append({"type": "log", "t": round(time.time(), 3), "level": "warning", "message": text})
            return None

    def _write(self, batch: list[Event], pointer: dict[str, Any] | None) -> None:
        run_id, pid, fence = self.claim.run_id, self.claim.pid, self.claim.fence
        with transaction.atomic():
            # A checkpoint that has moved starts the count of attempts again.
            journal.append(run_id, fence, batch, **({} if pointer is None else {"attempt": 1}))
            if pointer is not None:
                pointer["points"] = curves.sizes(run_id)
                Run.objects.filter(pk=run_id).update(checkpoint=pointer)
                artifacts.register(run_id, pid, fence, batch[-1]["step"])
                artifacts.forget_rows(run_id, fence)
        if pointer is not None:
            artifacts.forget_checkpoints(pid, pointer)
            artifacts.forget_attempts(pid, fence)

    # -- after ---------------------------------------------------------------------------------------------------

    def _end(self, engine: Engine) -> Outcome:
        """The engine's output has ended: wait for the process, and take what was still on its way."""
        if engine.wait(STOP_S) is None:
            engine.kill()
        outcome = engine.outcome()
        while True:
            try:
                event = engine.events.get_nowait()
            except queue.Empty:
                break
            if event is not None:
                self._take(event)
        outcome.errors = self.errors
        return outcome

    def _conclude(self, outcome: Outcome) -> None:
        code = outcome.code
        logger.info("run %s: the engine ended with %d after %.0f s", self.claim.pid, code, outcome.seconds)
        if code == DONE:
            self._finally(lambda: self._finish(State.DONE))
        elif self.reason == "cancel":
            self._finally(lambda: self._finish(State.CANCELLED))
        elif self.reason == "disk":
            self._finally(lambda: self._give_back(NO_DISK))
        elif self.reason == "shutdown" or (code == STOPPED and self.stopping()):
            self._finally(self._give_back)
        elif code == STOPPED:
            # Stopped by itself or by a signal from outside: nobody wanted it cancelled, so it goes on.
            self._finally(self._give_back)
        else:
            self._fail(explain(outcome))

    def _fail(self, error: dict[str, str]) -> None:
        self._finally(lambda: self._finish(State.FAILED, error))

    def _finally(self, action: Callable[[], None]) -> None:
        """The last write, tried for as long as the lease lasts."""
        while True:
            try:
                self._flush()
                action()
                return
            except DatabaseError as error:
                logger.warning("run %s: its end cannot be written yet: %s", self.claim.pid, error)
                close_old_connections()
                if self.clock() - self.last_beat > self.timing.patience:
                    raise LeaseLost(self.claim.pid) from error
                time.sleep(0.5)

    def _seconds(self) -> float:
        return round(self.clock() - self.began, 3)

    def _finish(self, state: State, error: dict[str, str] | None = None) -> None:
        with transaction.atomic():
            lease.finish(self.claim, state, [], error, self._seconds())
            artifacts.register(self.claim.run_id, self.claim.pid, self.claim.fence)
            if state == State.DONE:
                artifacts.forget_rows(self.claim.run_id, self.claim.fence)
                Run.objects.filter(pk=self.claim.run_id).update(checkpoint=None)
        if state == State.DONE:
            artifacts.forget_attempts(self.claim.pid, self.claim.fence)
            artifacts.forget_checkpoints(self.claim.pid, None)

    def _give_back(self, reason: str = "Its worker was stopped; it goes on when one is there.") -> None:
        lease.release(self.claim, reason, self._seconds())


def data_arguments(run: Run) -> list[str]:
    """Which data the engine reads: a built-in name, or our path of an upload with its options."""
    from playground.datasets import files

    cache = ["--cache", str(files.cache_root())]
    if run.dataset is None:
        return ["--data", run.builtin, *cache]
    return [*cache, "--data", str(files.data_path(run.dataset)), "--data-options", json.dumps(run.dataset.options)]


def profile_arguments(run: Run, fence: int) -> list[str]:
    """What is measured and how; the document and its tables go to the run's folder."""
    folder = artifacts.attempt_folder(run.pid, fence)
    folder.mkdir(parents=True, exist_ok=True)
    model = artifacts.begun_model(run)
    if not run.weights:
        model = folder / "design.json"
        artifacts.write_json(model, {**run.design_version.document, "facts": run.recipe["facts"]})
    wanted = run.recipe
    backend = wanted["backends"][0] if len(wanted["backends"]) == 1 else "all"
    args = ["profile", str(model), "--out", str(folder), "--events", "-", "--backend", backend]
    args += ["--batch", ",".join(str(batch) for batch in wanted["batches"])]
    for name in ("repeats", "warmup", "seconds", "device"):
        args += [f"--{name}", str(wanted[name])]
    # A resumed run keeps the threads it began with.
    threads = run.threads or wanted["threads"]
    return [*args, "--threads", str(threads)] if threads else args


def check_arguments(run: Run, folder: Path) -> list[str]:
    """Which check of which paper, and where the data lies that it names; what it writes stays in the run's folder."""
    from playground.datasets import files
    from playground.datasets.models import Dataset

    args = ["papers", "check", run.paper, "--check", run.check_name, "--events", "-"]
    args += ["--cache", str(files.cache_root()), "--results", str(folder)]
    for name, pid in run.recipe.get("data", {}).items():
        args += ["--data", f"{name}={files.data_path(Dataset.objects.get(pid=pid, owner=run.owner))}"]
    return args
