"""The administration's front page says what there is, in a fixed number of queries."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import Client
from django.utils import timezone

from playground.accounts.models import User
from playground.ops import dashboard, machine, workers
from playground.runs.models import Run


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> workers.Worker:
    load = {"host": "box", "cores": 8, "cpu_percent": 97.0, "memory_used": 85, "memory_total": 100}
    load |= {"disk_used": 2**30, "disk_total": 2**31, "gpus": []}
    found = workers.Worker("box:1", ["runs"], 2, 1, ["0", "1"], load)
    monkeypatch.setattr(workers, "alive", lambda: [found])
    return found


def make(user: User, n: int = 1, **columns: Any) -> list[Run]:
    return [Run.objects.create(owner=user, name=f"run {index}", **columns) for index in range(n)]


def page(client: Client, query: str = "") -> str:
    return client.get(f"/admin/{query}").content.decode()


def test_queue_and_longest_wait(user: User, node: Any) -> None:
    assert dashboard.figures()["queue"]["longest"] is None
    make(user, 3)
    Run.objects.filter(name="run 1").update(queued=timezone.now() - timedelta(hours=2, minutes=5, seconds=1))
    assert dashboard.figures()["queue"] | {"link": ""} == {
        "length": 3,
        "longest": "2 h 5 min",
        "paused": "",
        "mean": None,
        "link": "",
    }


def test_workers_with_devices_and_their_runs(admin_client: Client, user: User, node: Any) -> None:
    make(user, state="running", worker="box:1", started=timezone.now())
    html = page(admin_client)
    assert "GPU 0, GPU 1" in html
    assert "1 of 2 free" in html
    assert "run 0" in html
    assert "Not heard of" not in html
    Run.objects.update(worker="gone:1")
    assert "Not heard of" in page(admin_client)


def test_without_redis_the_page_says_so(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent() -> list[workers.Worker]:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(workers, "alive", silent)
    assert "Redis does not answer" in page(admin_client)


def test_meters_warn_of_memory_and_not_of_work(db: None, node: Any) -> None:
    meters = {meter["title"]: meter for meter in dashboard.figures()["machines"][0]["meters"]}
    assert meters["CPU, 8 cores"]["level"] == "ok"
    assert meters["Memory"]["level"] == "warn"
    assert (meters["Disk"]["level"], meters["Disk"]["percent"]) == ("ok", 50)


def test_days_are_stacked_by_how_runs_ended(user: User, node: Any) -> None:
    make(user, 2, state="done")
    make(user, 1, state="failed", finished=timezone.now())
    old = make(user, 1, state="done")[0]
    Run.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(days=40))
    days = dashboard.figures()["days"]
    assert (days["total"], days["top"], len(days["bars"])) == (3, 3, 30)
    assert [part["height"] for part in days["bars"][-1]["parts"]] == [80, 40]


def test_failures_are_grouped_and_each_group_can_be_opened(admin_client: Client, user: User, node: Any) -> None:
    now = timezone.now()
    for size in (12, 34, 5):
        error = {"message": f"Out of memory: {size} GiB wanted.", "remedy": "Take a smaller batch."}
        make(user, state="failed", finished=now, error=error)
    Run.objects.create(owner=user, name="another", state="failed", finished=now, error={"message": "It diverged."})
    make(user, state="failed", finished=now - timedelta(days=9), error={"message": "Long ago."})
    first, second = dashboard.figures()["causes"]
    assert (first["n"], first["remedy"], second["message"]) == (3, "Take a smaller batch.", "It diverged.")
    assert "Long ago" not in page(admin_client)
    html = admin_client.get(first["link"]).content.decode()
    assert html.count("run 0") >= 3
    assert "another" not in html


def test_the_page_takes_a_fixed_number_of_queries(
    admin_client: Client, user: User, node: Any, django_assert_max_num_queries: Any
) -> None:
    for index in range(8):
        owner = User.objects.create_user(f"user{index}")
        make(owner, 2, state="running", worker="box:1", started=timezone.now())
        make(owner, 2, state="failed", finished=timezone.now(), error={"message": f"cause {'x' * index}"})
        make(owner, 2)
    # Session and user, and six of the page's own.
    with django_assert_max_num_queries(8):
        page(admin_client)


def test_staff_without_the_right_to_see_runs_see_none(client: Client, user: User, node: Any) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    make(user, state="running", worker="box:1")
    html = page(client)
    assert "run 0" not in html
    assert "box:1" not in html


def test_gpus_are_what_nvidia_smi_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'Some GPU, 40, 1024, 2048'\necho 'Another, [N/A], 1, 2'\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    first, second = machine.gpus()
    assert first == machine.Gpu("Some GPU", 40.0, 2**30, 2**31)
    assert (second.name, second.percent) == ("Another", 0.0)
    program.write_text("#!/bin/sh\nexit 9\n")
    assert machine.gpus() == []


def test_this_machine_is_read(settings: Any) -> None:
    found = machine.read()
    assert 0 < found.memory_used < found.memory_total
    assert 0 < found.disk_used < found.disk_total
    settings.BLOCKYARD_DATA = Path(settings.BLOCKYARD_DATA) / "not" / "yet"
    assert machine.read().disk_total == found.disk_total
