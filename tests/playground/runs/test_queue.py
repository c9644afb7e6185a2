"""The queue as people see it: the order is that of the claims, reasons are true, moving harms nobody else."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.test import Client
from django.utils import timezone

from playground.accounts.models import User
from playground.ops import workers
from playground.runs import lease, queue, services
from playground.runs.models import HELD, Kind, Run, State
from playground.web.errors import ApiError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alive(monkeypatch: pytest.MonkeyPatch) -> list[workers.Worker]:
    """The workers that live: one with one slot, on this machine."""
    found = [workers.Worker(lease.worker_name(), ["runs"], 1, 1)]
    monkeypatch.setattr(workers, "alive", lambda: found)
    return found


def give_slots(alive: list[workers.Worker], n: int) -> None:
    alive[:] = [workers.Worker(lease.worker_name(), ["runs"], n, n)]


def play(slots: int) -> list[int]:
    """Claim for real until nothing is left; whenever nothing can be claimed, the run with the oldest turn ends."""
    order = []
    while Run.objects.filter(state=State.QUEUED).exists():
        held = Run.objects.filter(state__in=HELD)
        claim = lease.claim() if held.count() < slots else None
        if claim is None:
            oldest = held.order_by("turn").first()
            oldest.state = State.DONE
            oldest.save()
        else:
            order.append(claim.run_id)
    return order


@pytest.mark.parametrize("seed", range(6))
def test_the_order_is_that_of_the_claims(seed: int, make_run: Callable[..., Run], alive: list[workers.Worker]) -> None:
    dice, start = random.Random(seed), timezone.now()
    slots = dice.choice([1, 2, 3])
    give_slots(alive, slots)
    for n in range(14):
        kind = Kind.CHECK if dice.random() < 0.15 else Kind.TRAIN
        place = start + timedelta(seconds=dice.randrange(8))
        make_run(
            f"run {n}", dice.choice(["ada", "bob", "cyd"]), priority=dice.choice([0, 0, 0, 5]), kind=kind, place=place
        )
    for n in range(min(slots, dice.randrange(3))):
        make_run(f"held {n}", "ada", state=State.RUNNING, turn=n + 1, worker=lease.worker_name())
    for n in range(3):
        make_run(f"done {n}", "bob", state=State.DONE, turn=10 + n)
    forecast = queue.forecast()
    assert [waiting.place for waiting in forecast.order] == list(range(1, 15))
    assert forecast.order[0].pk == lease.waiting().first().pk or forecast.busy == forecast.slots
    assert [waiting.pk for waiting in forecast.order] == play(slots)


def reasons() -> list[str]:
    forecast = queue.forecast()
    return [forecast.reason(waiting)["code"] for waiting in forecast.order]


def test_the_reasons_are_true(make_run: Callable[..., Run], alive: list[workers.Worker]) -> None:
    make_run("a")
    make_run("b")
    assert reasons() == ["starting", "behind"]
    held = make_run("held", state=State.RUNNING, worker=lease.worker_name())
    assert reasons() == ["busy", "busy"]
    check = make_run("check", kind=Kind.CHECK, priority=9)
    assert reasons() == ["needs_idle", "busy", "busy"]
    give_slots(alive, 2)
    assert reasons() == ["needs_idle", "behind_measuring", "behind_measuring"]
    Run.objects.filter(pk=held.pk).update(state=State.DONE)
    Run.objects.filter(pk=check.pk).update(state=State.RUNNING, worker=lease.worker_name())
    assert set(reasons()) == {"measuring"}
    alive.clear()
    assert set(reasons()) == {"no_worker"}


def test_a_worker_of_another_queue_takes_nothing(make_run: Callable[..., Run], alive: list[workers.Worker]) -> None:
    make_run("a")
    alive[:] = [workers.Worker("elsewhere:1", ["io"], 2, 2)]
    assert reasons() == ["no_worker"]


def test_without_redis_the_order_is_known_all_the_same(
    make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise redis.ConnectionError

    make_run("a")
    monkeypatch.setattr(workers, "alive", gone)
    assert (len(queue.forecast().order), reasons()) == (1, ["no_redis"])


def test_says_when_a_run_will_start(make_run: Callable[..., Run]) -> None:
    make_run("before", state=State.DONE, seconds=40.0, recipe={"epochs": 4})
    make_run("held", state=State.RUNNING, worker=lease.worker_name(), progress={"eta_s": 30})
    make_run("first", recipe={"epochs": 5})
    make_run("second", recipe={"epochs": 50, "seconds": 60}, builtin="other")
    make_run("third", builtin="never seen", recipe={"epochs": 1})
    make_run("fourth")
    assert [waiting.starts_s for waiting in queue.forecast().order] == [30, 80, 140, None]


class TestMoving:
    def test_ones_own_swap_places_and_nobody_elses_turn_changes(
        self, make_run: Callable[..., Run], user: User, client: Client
    ) -> None:
        runs = {name: make_run(name, owner) for name, owner in [("a", "ada"), ("x", "bob"), ("b", "ada"), ("c", "ada")]}
        before = sorted(Run.objects.filter(owner=user).values_list("place", flat=True))
        x = runs["x"].place
        body = {"before": runs["a"].pid}
        assert client.post(f"/api/runs/{runs['c'].pid}/move", body, content_type="application/json").status_code == 204
        names = Run.objects.filter(owner=user).order_by("place").values_list("name", flat=True)
        assert list(names) == ["c", "a", "b"]
        assert sorted(Run.objects.filter(owner=user).values_list("place", flat=True)) == before
        runs["x"].refresh_from_db()
        assert runs["x"].place == x
        services.move(runs["c"], None)
        assert list(names.all()) == ["a", "b", "c"]
        assert lease.claim().pid == runs["a"].pid

    def test_queued_in_one_moment(self, make_run: Callable[..., Run]) -> None:
        now = timezone.now()
        a, b, c = (make_run(name, place=now) for name in "abc")
        services.move(c, b)
        assert [waiting.pk for waiting in queue.forecast().order] == [a.pk, c.pk, b.pk]

    def test_only_among_ones_own_that_wait(self, make_run: Callable[..., Run], client: Client) -> None:
        mine, theirs, held = make_run("mine"), make_run("theirs", "bob"), make_run("held", state=State.RUNNING)
        for moved, before, status in [(mine, theirs, 404), (theirs, mine, 404), (mine, held, 409), (held, mine, 409)]:
            path, body = f"/api/runs/{moved.pid}/move", {"before": before.pid}
            assert client.post(path, body, content_type="application/json").status_code == status
        with pytest.raises(ApiError):
            services.move(mine, theirs)


def test_a_priority_is_the_staffs(make_run: Callable[..., Run], user: User, client: Client) -> None:
    run, path = make_run("a"), "/api/runs/{}/priority"
    ask = lambda: client.post(path.format(run.pid), {"priority": 7}, content_type="application/json")  # noqa: E731
    assert ask().status_code == 403
    User.objects.filter(pk=user.pk).update(is_staff=True)
    assert ask().status_code == 204
    run.refresh_from_db()
    assert run.priority == 7
    Run.objects.update(state=State.DONE)
    assert ask().status_code == 409


def test_the_queue_has_ones_own_and_counts_all(
    make_run: Callable[..., Run], user: User, client: Client, django_assert_max_num_queries: Any
) -> None:
    make_run("theirs", "bob", place=timezone.now() - timedelta(hours=1))
    make_run("mine")
    make_run("running", state=State.RUNNING, worker=lease.worker_name())
    with django_assert_max_num_queries(7):
        found = client.get("/api/runs/queue").json()
    assert [(item["name"], item["place"]) for item in found["items"]] == [("running", None), ("mine", 2)]
    assert (found["waiting"], found["busy"], found["slots"], found["workers"]) == (2, 1, 1, 1)
    assert found["items"][1]["reason"]["code"] == "busy"
    assert client.get(f"/api/runs/{found['items'][1]['id']}").json()["ahead"] == 1
