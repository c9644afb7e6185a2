"""Little room on the disk: said everywhere, nothing begins, what runs pauses and later ends as if nothing had been."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from playground.ops import disk
from playground.runs import lease, queue, supervisor
from playground.runs.models import Run, State
from tests.conftest import SCRIPTED, World, wait_for
from tests.playground.runs.test_supervisor import Working, check_whole
from tests.playground.web.test_gate import run as ask

GIB = 2**30


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[int]:
    """The bytes that are free, as a list of one to change."""
    free = [GIB]
    settings.BLOCKYARD_MIN_FREE_DISK = 500_000_000
    monkeypatch.setattr(disk, "free", lambda: free[0])
    return free


def test_what_is_free_is_the_disks() -> None:
    assert 0 < disk.free() < 2**60


def test_a_run_pauses_and_goes_on(world: World, make_run: Callable[..., Run], room: list[int], settings: Any) -> None:
    settings.BLOCKYARD_ENGINE = [sys.executable, str(SCRIPTED)]
    run = make_run(recipe={"script": {"delay": 0.3}})
    # Whatever the machine has to do, the lease is not what is tested here.
    working = Working(timing=lease.Timing(beat=10.0))
    wait_for(lambda: Run.objects.get().checkpoint, 60)
    room[0] = 400_000_000
    working.join()
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.QUEUED, 0)
    assert run.checkpoint["step"] < 20
    # A little room is not enough to begin: it would pause at once.
    room[0] = 600_000_000
    assert not supervisor.next_run("runs", {})
    room[0] = GIB
    assert supervisor.next_run("runs", {})
    check_whole(run)


@pytest.mark.django_db
def test_people_are_told(room: list[int], make_run: Callable[..., Run], client: Client, built: None) -> None:
    make_run()
    assert b"nearly full" not in client.get("/runs/").content
    room[0] = 400_000_000
    page = client.get("/runs/").content.decode()
    assert "The disk is nearly full (381 MiB free)" in page
    assert disk.REMEDY in page
    forecast = queue.forecast()
    assert forecast.reason(forecast.order[0])["code"] == "no_disk"


@pytest.mark.django_db(transaction=True)
def test_no_upload_is_taken(room: list[int], user: Any) -> None:
    from playground.accounts.services import create_token

    auth = {"authorization": f"Bearer {create_token(user, 'disk')[1]}"}
    room[0] = 400_000_000
    answer = ask("POST", "/api/datasets?filename=a.csv", [b"a,b\n"] * 9, auth)
    assert (answer.status, answer.error["code"], answer.read_first) == (507, "disk_full", 0)
