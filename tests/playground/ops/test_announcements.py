"""Announcements are shown for their time; maintenance keeps runs from starting and leaves those that run alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from playground.accounts.models import User
from playground.ops import workers
from playground.ops.models import Announcement
from playground.runs import lease
from playground.runs.models import Run, State

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "alive", lambda: [workers.Worker(lease.worker_name(), ["runs"], 1, 1)])


def announce(text: str, begins: float = -1, ends: float | None = None, **columns: Any) -> Announcement:
    """One that begins and ends so many hours from now."""
    now = timezone.now()
    until = None if ends is None else now + timedelta(hours=ends)
    return Announcement.objects.create(text=text, begins=now + timedelta(hours=begins), ends=until, **columns)


def shown(client: Client) -> str:
    return client.get("/account/").content.decode()


def test_they_are_shown_for_their_time_as_text(client: Client, built: None) -> None:
    announce("<b>New GPUs</b> & more")
    announce("tomorrow", begins=20)
    announce("yesterday", begins=-30, ends=-2)
    html = shown(client)
    assert "&lt;b&gt;New GPUs&lt;/b&gt; &amp; more" in html
    assert "tomorrow" not in html
    assert "yesterday" not in html
    client.logout()
    assert "New GPUs" not in client.get("/signin").content.decode()


def test_each_browser_dismisses_for_itself_but_never_maintenance(client: Client, built: None) -> None:
    seen, other, grave = announce("seen"), announce("another one"), announce("disks", stops_runs=True)
    client.cookies["dismissed"] = f"{seen.pk}.{grave.pk}"
    html = shown(client)
    assert f'data-dismiss="{seen.pk}"' not in html
    assert f'data-dismiss="{other.pk}"' in html
    assert "Maintenance: no new run starts.</strong> disks" in html
    assert f'data-dismiss="{grave.pk}"' not in html


def test_during_maintenance_nothing_is_claimed_and_what_runs_goes_on(client: Client, user: User) -> None:
    for name in ("first", "second"):
        Run.objects.create(owner=user, name=name)
    held = lease.claim()
    assert held is not None
    row = announce("New disks are put in.", stops_runs=True)
    assert lease.claim() is None
    assert lease.beat(held) == "run"
    reason = next(item["reason"] for item in client.get("/api/runs/queue").json()["items"] if item["reason"])
    assert reason["code"] == "maintenance"
    assert "New disks are put in." in reason["message"]
    lease.finish(held, State.DONE, [])
    assert lease.claim() is None
    row.ends = timezone.now()
    row.save()
    assert lease.claim() is not None


def test_planned_maintenance_begins_by_itself(user: User) -> None:
    Run.objects.create(owner=user, name="run")
    announce("tonight", begins=3, stops_runs=True)
    assert lease.claim() is not None


def test_the_administration_makes_and_ends_them(admin_client: Client) -> None:
    now = timezone.now() - timedelta(minutes=1)
    form = {"text": "Soon", "level": 2, "stops_runs": "on", "begins_0": now.date(), "begins_1": f"{now:%H:%M:%S}"}
    past = {"ends_0": now.date() - timedelta(days=2), "ends_1": "00:00"}
    refused = admin_client.post("/admin/ops/announcement/add/", {**form, **past}).content.decode()
    assert "It must end after it begins." in refused
    assert admin_client.post("/admin/ops/announcement/add/", form).status_code == 302
    assert "Maintenance: no new run starts." in admin_client.get("/admin/").content.decode()
    row = Announcement.objects.get()
    data = {"action": "end_now", "_selected_action": [row.pk]}
    assert "1 ended" in admin_client.post("/admin/ops/announcement/", data, follow=True).content.decode()
    assert Announcement.objects.maintenance() is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Announcement.objects.update(ends=now - timedelta(days=1))
