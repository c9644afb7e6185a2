"""What a web process remembers for a moment, and when it forgets."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from playground.accounts.models import User
from playground.web.brief import cache


@pytest.fixture(autouse=True)
def remembered(nothing_remembered: None, settings: Any) -> None:
    settings.BLOCKYARD_BRIEF_SECONDS = 60.0


def test_a_session_is_asked_for_once(client: Client, django_assert_num_queries: Any) -> None:
    client.get("/api/users/me")
    with django_assert_num_queries(0):
        assert client.get("/api/users/me").status_code == 200


def test_signing_out_counts_at_once(client: Client) -> None:
    assert client.get("/api/users/me").status_code == 200
    client.logout()
    assert client.get("/api/users/me").status_code == 401


def test_a_deactivated_user_is_out_at_once(client: Client, user: User) -> None:
    assert client.get("/api/users/me").status_code == 200
    user.is_active = False
    user.save()
    assert client.get("/api/users/me").status_code == 401


def test_what_another_process_ended_counts_after_the_setting(client: Client, settings: Any) -> None:
    settings.BLOCKYARD_BRIEF_SECONDS = 0.3
    cache.clear()
    assert client.get("/api/users/me").status_code == 200
    Session.objects.all().delete()  # as another process would: this one is not told
    time.sleep(0.4)
    assert client.get("/api/users/me").status_code == 401


@pytest.mark.parametrize("asked", [None, 3600, 1])
def test_nothing_lives_longer_than_the_setting(asked: float | None, settings: Any) -> None:
    settings.BLOCKYARD_BRIEF_SECONDS = 0.2
    cache.set("key", 1, asked)
    assert cache.get("key") == 1
    time.sleep(0.3)
    assert cache.get("key") is None
