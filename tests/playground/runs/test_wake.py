"""The wake-up: never raises, never holds a request up, and the sweep makes up for a lost one."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from playground.runs import artifacts, sweep, tasks, worker
from playground.runs.models import Run, State
from tests.conftest import World, wait_for


def test_a_ring_reaches_the_queue(world: World) -> None:
    import redis

    assert tasks.ring()
    assert redis.Redis.from_url(world.redis.url).llen(f"{world.prefix}.celery.runs") == 1


def test_without_redis_it_says_no_at_once(world: World) -> None:
    assert tasks.ring()
    world.redis.kill()
    try:
        began = time.monotonic()
        assert tasks.ring() is False
        assert time.monotonic() - began < 3
    finally:
        world.redis.start()
    # The connection of before the restart does not spoil the next ring.
    assert tasks.ring()


def test_a_hanging_redis_does_not_hang_us(world: World) -> None:
    assert tasks.ring()
    assert world.redis.process is not None
    world.redis.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert tasks.ring() is False
        assert time.monotonic() - began < 15
    finally:
        world.redis.process.send_signal(signal.SIGCONT)
    assert tasks.ring()


@pytest.mark.usefixtures("real_rings")
def test_rings_soon_are_sent_from_another_thread_and_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    hung, sent = threading.Event(), []

    def slow(queue: str = "runs") -> bool:
        sent.append(threading.current_thread())
        return hung.wait(10)

    monkeypatch.setattr(tasks, "ring", slow)
    for _ in range(50):
        tasks.ring_soon()
    wait_for(lambda: sent, 5)
    tasks.ring_soon()
    hung.set()
    # The first is out already when the last is asked for, so that one is sent as well.
    wait_for(lambda: not tasks._asked, 5)
    assert len(sent) in (2, 3)
    assert threading.current_thread() not in sent


@pytest.mark.parametrize(("waiting", "free", "rings"), [(0, 2, 0), (1, 2, 1), (5, 2, 2), (5, 0, 0)])
def test_the_sweep_rings_for_free_slots_only(
    db: None, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, waiting: int, free: int, rings: int
) -> None:
    """A busy worker is not sent thousands of messages during a long run."""
    for _ in range(waiting):
        make_run()
    found: list[str] = []
    monkeypatch.setattr(tasks, "ring", lambda queue="runs": found.append(queue))
    monkeypatch.setattr(worker, "_slots", worker.Slots(free, []))
    sweep.Sweeper(takes_runs=True).wake()
    assert len(found) == rings
    found.clear()
    sweep.Sweeper(takes_runs=False).wake()
    assert found == []


def test_slots_share_out_the_devices() -> None:
    slots = worker.Slots(3, ["0", "1"])
    with slots.take() as first, slots.take() as second, slots.take() as third, slots.take() as none:
        assert [first, second, third] == [{"CUDA_VISIBLE_DEVICES": name} for name in ("0", "1", "0")]
        assert none is None
        assert slots.free == 0
    assert slots.free == 3
    with worker.Slots(1, []).take() as env:
        assert env == {}


def test_devices_are_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,GPU-abc")
    assert worker.devices() == ["2", "GPU-abc"]
    for none in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", none)
        assert worker.devices() == []


def test_orphans_are_removed_when_they_are_old(db: None, make_run: Callable[..., Run], settings: Any) -> None:
    import os

    for pid in ("old", "young"):
        artifacts.prepare(pid, 1, {}, {})
    os.utime(artifacts.run_folder("old"), (0, 0))
    assert sweep.remove_orphans() == 0  # no run is known at all: this may be another's database
    kept = make_run(state=State.DONE)
    artifacts.prepare(kept.pid, 1, {}, {})
    os.utime(artifacts.run_folder(kept.pid), (0, 0))
    assert sweep.remove_orphans() == 1
    assert sorted(folder.name for folder in artifacts.all_folders()) == sorted(["young", kept.pid])
