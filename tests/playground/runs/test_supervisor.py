"""A supervisor with a scripted engine, real files and a real database; the moments are chosen by the script."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.db.utils import OperationalError

from playground.runs import artifacts, curves, journal, lease, services, supervisor
from playground.runs.models import Desired, MetricChunk, Run, State
from playground.runs.supervisor import Supervisor
from tests.conftest import SCRIPTED, World, wait_for


@pytest.fixture(autouse=True)
def _scripted(world: World, settings: Any) -> None:
    settings.BLOCKYARD_ENGINE = [sys.executable, str(SCRIPTED)]


def weights(steps: int) -> str:
    value = "start"
    for step in range(1, steps + 1):
        value = hashlib.sha256(f"{value}{step}".encode()).hexdigest()
    return value


def points(run: Run, series: str = "train/loss") -> list[int]:
    return journal.snapshot(run, points=10**6)["series"].get(series, {"steps": []})["steps"]


def engine_pid(run: Run) -> int:
    import json

    run.refresh_from_db()
    return json.loads((artifacts.attempt_folder(run.pid, run.fence) / "run.json").read_text())["pid"]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def check_whole(run: Run, steps: int = 20) -> None:
    """As if nothing had happened: same weights, every point once."""
    run.refresh_from_db()
    assert run.state == State.DONE, run.error
    assert points(run) == list(range(1, steps + 1))
    assert points(run, "test/accuracy") == list(range(5, steps + 1, 5))
    best = run.artifacts.get(name="best.safetensors")
    assert artifacts.path_of(best).read_text() == weights(steps)


class Working:
    """A supervisor at work in a thread, as in a worker."""

    def __init__(self, **options: Any) -> None:
        self.stop = threading.Event()
        self.claim = lease.claim()
        assert self.claim is not None
        self.error: BaseException | None = None
        self.supervisor = Supervisor(self.claim, {}, stopping=self.stop.is_set, **options)
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        try:
            self.supervisor.work()
        except BaseException as error:
            self.error = error
        finally:
            connections.close_all()

    def join(self) -> None:
        self.thread.join(30)
        assert not self.thread.is_alive()


def test_a_run_from_start_to_end(world: World, make_run: Callable[..., Run]) -> None:
    run = make_run(recipe={"script": {}})
    assert supervisor.next_run("runs", {})
    check_whole(run)
    assert (run.progress["step"], run.threads, run.device, run.best_accuracy) == (20, 1, "cpu", 1.0)
    assert run.result["metrics"] == {"accuracy": 0.75, "loss": None}
    assert run.seconds > 0
    assert journal.after(run.pk, 0)[1][-1]["type"] == "end"
    # Nothing is left of the checkpoints of a run that is done.
    assert not list((artifacts.run_folder(run.pid) / "kept").iterdir())
    assert not supervisor.next_run("runs", {})


def test_cancel_then_resume(world: World, make_run: Callable[..., Run]) -> None:
    run = make_run(recipe={"script": {"delay": 0.1}})
    working = Working()
    wait_for(lambda: len(points(run)) > 7)
    services.cancel(run)
    working.join()
    run.refresh_from_db()
    assert (run.state, run.desired) == (State.CANCELLED, Desired.RUN)
    assert run.checkpoint["step"] == points(run)[-1]
    services.resume(run)
    assert supervisor.next_run("runs", {})
    check_whole(run)
    assert sum(event["type"] == "rewind" for event in journal.after(run.pk, 0)[1]) == 1


def test_the_worker_stops_and_the_run_goes_on_later(world: World, make_run: Callable[..., Run]) -> None:
    run = make_run(recipe={"script": {"delay": 0.1}})
    working = Working()
    wait_for(lambda: len(points(run)) > 2)
    began = time.monotonic()
    working.stop.set()
    working.join()
    assert time.monotonic() - began < 5
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.QUEUED, 0)
    assert supervisor.next_run("runs", {})
    check_whole(run)


def test_an_engine_that_does_not_stop_is_killed(
    world: World, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_S", 0.5)
    run = make_run(recipe={"script": {"deaf": True, "steps": 2_000}})
    working = Working()
    wait_for(lambda: len(points(run)) > 6)
    pid = engine_pid(run)
    services.cancel(run)
    working.join()
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    assert not alive(pid)
    # What was kept is good for going on.
    assert run.checkpoint["step"] % 5 == 0


def test_a_lost_lease_kills_the_engine(world: World, make_run: Callable[..., Run]) -> None:
    run = make_run(recipe={"script": {"delay": 0.1}})
    working = Working()
    wait_for(lambda: len(points(run)) > 7)
    pid = engine_pid(run)
    assert lease.recover(Run.objects.get(pk=run.pk), "taken") == State.QUEUED
    working.join()
    assert isinstance(working.error, lease.LeaseLost)
    assert not alive(pid)
    assert supervisor.next_run("runs", {})
    check_whole(run)


def test_a_deleted_run_leaves_nothing(world: World, make_run: Callable[..., Run]) -> None:
    run = make_run(recipe={"script": {"delay": 0.1}})
    thread = threading.Thread(target=lambda: (supervisor.next_run("runs", {}), connections.close_all()))
    thread.start()
    wait_for(lambda: len(points(run)) > 2)
    pid = engine_pid(run)
    services.delete(run)
    thread.join(20)
    assert not alive(pid)
    assert not artifacts.run_folder(run.pid).exists()


def test_without_a_database_the_engine_is_killed_in_time(
    world: World, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(recipe={"script": {"steps": 10_000}})

    def down(*_: Any, **__: Any) -> None:
        raise OperationalError("the database is away")

    working = Working()
    wait_for(lambda: len(points(run)) > 2)
    pid = engine_pid(run)
    monkeypatch.setattr(lease, "beat", down)
    monkeypatch.setattr(journal, "append", down)
    began = time.monotonic()
    working.join()
    assert isinstance(working.error, lease.LeaseLost)
    assert time.monotonic() - began < 3 * lease.timing().patience + 2
    assert not alive(pid)


def test_a_short_absence_of_the_database_costs_nothing(
    world: World, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(recipe={"script": {"delay": 0.05}})
    real, failures = journal.append, iter(range(3))

    def shaky(*args: Any, **kwargs: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("database is locked")
        return real(*args, **kwargs)

    claim = lease.claim()
    monkeypatch.setattr(journal, "append", shaky)
    Supervisor(claim, {}).work()
    check_whole(run)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({"exit": 2, "say": ["design: there is no block of that name"]}, "there is no block of that name"),
        ({"exit": 1, "error": {"message": "Diverged.", "remedy": "Lower the rate."}}, "Diverged."),
        ({"die": signal.SIGSEGV}, "SIGSEGV"),
        (
            {"exit": 1, "say": ["RuntimeError: DefaultCPUAllocator: can't allocate memory"]},
            "more memory than the limit",
        ),
    ],
)
def test_a_failure_says_why(world: World, make_run: Callable[..., Run], script: dict[str, Any], words: str) -> None:
    run = make_run(recipe={"script": script})
    assert supervisor.next_run("runs", {})
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert words in run.error["message"]
    assert lease.claim() is None


def test_a_missing_program_is_a_failure_in_words(world: World, make_run: Callable[..., Run], settings: Any) -> None:
    settings.BLOCKYARD_ENGINE = ["/nowhere/engine"]
    run = make_run()
    assert supervisor.next_run("runs", {})
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "could not be started" in run.error["message"]


def test_the_thread_count_of_the_first_attempt_is_kept(world: World, make_run: Callable[..., Run]) -> None:
    import json

    run = make_run(recipe={"script": {}, "threads": None}, threads=2)
    claim = lease.claim()
    Supervisor(claim, {}).work()
    assert json.loads((artifacts.attempt_folder(run.pid, claim.fence) / "recipe.json").read_text())["threads"] == 2


def test_a_checkpoint_that_is_already_the_next_one_is_not_pointed_at(
    world: World, make_run: Callable[..., Run]
) -> None:
    """The file may run ahead of the events: then a resume would leave a gap in the curves."""
    import json
    import struct

    run = make_run(fence=1)
    folder = artifacts.prepare(run.pid, 1, {}, {})

    def write(step: int, evaluated: int) -> None:
        state = json.dumps({"step": step, "evaluated": evaluated})
        header = json.dumps({"__metadata__": {"state": state}}).encode()
        (folder / "state.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)

    write(20, 10)
    assert artifacts.keep(run.pid, 1, 10, 10, 1) is None
    assert artifacts.keep(run.pid, 1, 20, 10, 2)["folder"] == "kept/1-20-2"
    write(20, 20)
    assert artifacts.keep(run.pid, 1, 20, 10, 3) is None
    assert artifacts.keep(run.pid, 1, 20, 20, 4)["evaluated"] == 20
    folders = sorted(path.name for path in (artifacts.run_folder(run.pid) / "kept").iterdir())
    assert folders == ["1-20-2", "1-20-4"]


def test_a_full_disk_costs_checkpoints_not_the_run(
    world: World, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifacts, "keep", full)
    run = make_run(recipe={"script": {}})
    assert supervisor.next_run("runs", {})
    check_whole(run)
    messages = [event.get("message", "") for event in journal.after(run.pk, 0)[1]]
    assert "The checkpoint of step 5 could not be kept: No space left on device." in messages


def test_a_fault_of_ours_ends_the_run_in_words(
    world: World, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(recipe={"script": {"steps": 10_000}})
    working = Working()
    wait_for(lambda: len(points(run)) > 2)
    pid = engine_pid(run)
    monkeypatch.setattr(working.supervisor, "_note_evaluations", lambda batch: 1 / 0)
    working.join()
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "division by zero" in run.error["message"]
    assert not alive(pid)


def test_without_a_checkpoint_everything_is_measured_again(world: World, make_run: Callable[..., Run]) -> None:
    run = make_run(recipe={"script": {"checkpoint_every": 0, "delay": 0.1}})
    working = Working()
    wait_for(lambda: len(points(run)) > 2)
    lease.recover(Run.objects.get(pk=run.pk), "gone")
    working.join()
    assert supervisor.next_run("runs", {})
    assert points(run) == list(range(1, 21))
    assert MetricChunk.objects.filter(run=run, series="train/loss").count() == 1
    assert curves.sizes(run.pk)["train/loss"] == 20
