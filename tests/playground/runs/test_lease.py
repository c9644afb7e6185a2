from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from playground.runs import journal, lease, sweep
from playground.runs.models import Desired, Run, State


@pytest.fixture
def _database(db: None) -> None:
    """A database inside this process; tests with threads use `world` instead."""


@pytest.mark.usefixtures("_database")
class TestClaim:
    def test_takes_a_queued_run(self, make_run: Callable[..., Run]) -> None:
        run = make_run(fence=4, attempt=1)
        claim = lease.claim()
        assert claim == lease.Claim(run.pk, run.pid, 5, 2)
        run.refresh_from_db()
        assert (run.state, run.fence, run.attempt, run.beat) == (State.RUNNING, 5, 2, 0)
        assert run.started is not None
        assert journal.after(run.pk, 0)[1][0]["state"] == "running"
        assert lease.claim() is None

    def test_takes_only_from_its_queue(self, make_run: Callable[..., Run]) -> None:
        make_run(queue="gpu")
        assert lease.claim("runs") is None
        assert lease.claim("gpu") is not None

    def test_takes_turns_between_people(self, make_run: Callable[..., Run]) -> None:
        for n in range(3):
            make_run(f"ada {n}")
        make_run("bob 0", owner="bob")
        make_run("cyd 0", owner="cyd")
        order = []
        while (claim := lease.claim()) is not None:
            order.append(Run.objects.get(pk=claim.run_id).name)
            lease.finish(claim, State.DONE, [])
        assert order == ["ada 0", "bob 0", "cyd 0", "ada 1", "ada 2"]

    def test_who_has_one_running_waits(self, make_run: Callable[..., Run]) -> None:
        make_run(state=State.RUNNING, turn=1)
        make_run("ada's second")
        make_run("bob's", owner="bob", turn=2, state=State.DONE)
        make_run("bob's next", owner="bob")
        assert Run.objects.get(pk=lease.claim().run_id).name == "bob's next"

    def test_priority_comes_before_turns(self, make_run: Callable[..., Run]) -> None:
        make_run("plain", owner="bob")
        make_run("urgent", priority=5, turn=9)
        assert Run.objects.get(pk=lease.claim().run_id).name == "urgent"

    def test_keeps_its_place_when_given_back(self, make_run: Callable[..., Run]) -> None:
        early = make_run("early")
        Run.objects.filter(pk=early.pk).update(queued=timezone.now() - timedelta(hours=1))
        claim = lease.claim()
        make_run("late")
        lease.release(claim, "the worker stops")
        early.refresh_from_db()
        assert (early.state, early.attempt, early.fence) == (State.QUEUED, 0, claim.fence + 1)
        assert lease.claim().pid == early.pid


@pytest.mark.usefixtures("_database")
class TestHolding:
    def test_beat_counts_and_says_what_is_desired(self, make_run: Callable[..., Run]) -> None:
        run = make_run()
        claim = lease.claim()
        assert lease.beat(claim) == Desired.RUN
        Run.objects.filter(pk=run.pk).update(desired=Desired.CANCEL)
        assert lease.beat(claim) == Desired.CANCEL
        run.refresh_from_db()
        assert run.beat == 2

    @pytest.mark.parametrize("change", [{"fence": 99}, {"state": State.CANCELLED}, {"state": State.QUEUED}])
    def test_a_lost_lease_is_noticed(self, make_run: Callable[..., Run], change: dict[str, Any]) -> None:
        run = make_run()
        claim = lease.claim()
        Run.objects.filter(pk=run.pk).update(**change)
        for action in (
            lambda: lease.beat(claim),
            lambda: lease.desired(claim),
            lambda: lease.finish(claim, State.DONE, []),
            lambda: lease.release(claim, ""),
            lambda: journal.append(claim.run_id, claim.fence, [{"type": "log"}]),
        ):
            with pytest.raises(lease.LeaseLost):
                action()

    def test_the_end_is_one_write(self, make_run: Callable[..., Run]) -> None:
        run = make_run()
        claim = lease.claim()
        lease.finish(claim, State.FAILED, [], {"message": "n\0o", "remedy": "yes"}, seconds=2.5)
        run.refresh_from_db()
        assert (run.state, run.error, run.seconds) == (State.FAILED, {"message": "no", "remedy": "yes"}, 2.5)
        assert run.finished is not None
        kinds = [event["type"] for event in journal.after(run.pk, 0)[1]]
        assert kinds == ["state", "error", "end"]


@pytest.mark.usefixtures("_database")
class TestWatch:
    """The observer's clock is a number we choose."""

    timing = lease.Timing(5.0)

    def test_the_times(self) -> None:
        assert (self.timing.patience, self.timing.gone, self.timing.sweep) == (20, 35, 5)
        assert self.timing.patience < self.timing.lost < self.timing.gone

    def test_silence_is_shown_then_ended(self, make_run: Callable[..., Run]) -> None:
        run = make_run()
        claim = lease.claim()
        watch = sweep.Watch(self.timing)
        for now, state in (
            (0, State.RUNNING),
            (24, State.RUNNING),
            (26, State.LOST),
            (34, State.LOST),
            (36, State.QUEUED),
        ):
            watch.look(now)
            run.refresh_from_db()
            assert run.state == state, now
        assert run.fence == claim.fence + 1
        with pytest.raises(lease.LeaseLost):
            lease.beat(claim)

    def test_a_dead_worker_is_noticed_in_time(self, make_run: Callable[..., Run], settings: Any) -> None:
        """With the times as shipped, on the worst phase: it beat and died just after a look had passed."""
        timing = lease.timing()
        assert timing.beat == settings.BLOCKYARD_BEAT_SECONDS == 5
        run, watch = make_run(), sweep.Watch(timing)
        claim = lease.claim()
        watch.look(0)
        lease.beat(claim)
        for look in range(1, 1 + int(timing.takeover / timing.sweep)):
            watch.look(look * timing.sweep)
        run.refresh_from_db()
        assert run.state == State.QUEUED
        assert timing.takeover <= 50  # leaves ten seconds of the minute we promise for the engine's start

    def test_a_beat_starts_the_clock_again(self, make_run: Callable[..., Run]) -> None:
        run = make_run()
        claim = lease.claim()
        watch = sweep.Watch(self.timing)
        for now in range(0, 200, 10):
            watch.look(now)
            lease.beat(claim)
        run.refresh_from_db()
        assert run.state == State.RUNNING

    def test_a_late_beat_takes_lost_back(self, make_run: Callable[..., Run]) -> None:
        run = make_run()
        claim = lease.claim()
        watch = sweep.Watch(self.timing)
        watch.look(0)
        watch.look(30)
        run.refresh_from_db()
        assert run.state == State.LOST
        lease.beat(claim)
        watch.look(50)
        run.refresh_from_db()
        assert run.state == State.RUNNING

    def test_a_beat_between_look_and_write_wins(self, make_run: Callable[..., Run]) -> None:
        run = make_run()
        claim = lease.claim()
        run.refresh_from_db()
        lease.beat(claim)
        assert lease.recover(run, "gone", only_beat=run.beat) is None
        assert not lease.show_lost(run.pk, run.fence, run.beat)
        run.refresh_from_db()
        assert run.state == State.RUNNING

    def test_after_the_allowed_attempts_it_failed(self, make_run: Callable[..., Run]) -> None:
        run = make_run()
        for attempt in range(1, lease.MAX_ATTEMPTS + 1):
            claim = lease.claim()
            assert claim.attempt == attempt
            run.refresh_from_db()
            lease.recover(run, "gone")
        run.refresh_from_db()
        assert run.state == State.FAILED
        assert "3 times" in run.error["message"]
        assert lease.claim() is None

    def test_a_wish_to_cancel_outlives_the_worker(self, make_run: Callable[..., Run]) -> None:
        run = make_run()
        lease.claim()
        Run.objects.filter(pk=run.pk).update(desired=Desired.CANCEL)
        assert sweep.recover_all() == 1
        run.refresh_from_db()
        assert (run.state, run.desired) == (State.CANCELLED, Desired.RUN)

    def test_up_takes_back_everything_at_once(self, make_run: Callable[..., Run]) -> None:
        runs = [make_run(), make_run()]
        lease.claim()
        lease.claim()
        assert sweep.recover_all() == 2
        assert {Run.objects.get(pk=run.pk).state for run in runs} == {State.QUEUED}


def test_many_workers_take_each_run_once(world: Any, make_run: Callable[..., Run]) -> None:
    """Real SQLite, eight threads with connections of their own: no run twice, none left, no locked database."""
    wanted = {make_run(f"run {n}", owner=f"user {n % 5}").pk for n in range(40)}
    taken: list[int] = []
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        try:
            while (claim := lease.claim()) is not None:
                taken.append(claim.run_id)
                lease.beat(claim)
                journal.append(claim.run_id, claim.fence, [{"type": "log", "message": "mine"}])
                lease.finish(claim, State.DONE, [])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(work) for _ in range(8)]:
            future.result(timeout=60)
    assert sorted(taken) == sorted(wanted)
    assert set(Run.objects.values_list("state", "fence")) == {(State.DONE, 1)}


def test_two_writers_give_numbers_in_the_order_of_commits(world: Any, make_run: Callable[..., Run]) -> None:
    """Readers that follow the numbers while eight threads write never see a number appear behind them."""
    run = make_run(state=State.RUNNING, fence=1)
    done = threading.Event()
    seen: list[int] = []

    def write(n: int) -> None:
        try:
            for i in range(15):
                journal.append(run.pk, 1, [{"type": "log", "message": f"{n}.{i}"}] * (1 + i % 3))
        finally:
            connections.close_all()

    def read() -> None:
        seq = 0
        try:
            while True:
                last_round = done.is_set()
                seq, events = journal.after(run.pk, seq)
                seen.extend(event["seq"] for event in events)
                if last_round and not events:
                    return
        finally:
            connections.close_all()

    with ThreadPoolExecutor(9) as pool:
        reader = pool.submit(read)
        for writer in [pool.submit(write, n) for n in range(8)]:
            writer.result(timeout=60)
        done.set()
        reader.result(timeout=60)
    run.refresh_from_db()
    assert seen == list(range(1, run.last_seq + 1))
    assert run.last_seq == 8 * 30
