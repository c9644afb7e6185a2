"""How often something may be asked for."""

from __future__ import annotations

import os
import uuid
from typing import Any

import pytest

from playground.accounts.services import create_token
from playground.settings import env
from playground.web import rates

from .test_gate import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh(settings: Any) -> Any:
    settings.BLOCKYARD_RATES = dict.fromkeys(settings.BLOCKYARD_RATES, "2/minute")
    rates._limiter.cache_clear()
    yield
    rates._limiter.cache_clear()


def statuses(path: str, headers: dict[str, str] | None = None, times: int = 3) -> list[int]:
    return [run("POST", path, [b"{}"], headers).status for _ in range(times)]


def bearer(user: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {create_token(user, 'gate')[1]}"}


@pytest.mark.parametrize(
    "path", ["/api/analyze", "/api/demos/x/predict", "/api/datasets/uploads", "/api/designs/import", "/signin"]
)
def test_the_third_of_two_is_refused(path: str) -> None:
    first, second, third = statuses(path)
    assert 429 not in (first, second)
    assert third == 429


def test_it_says_how_long_to_wait() -> None:
    statuses("/api/analyze", times=2)
    answer = run("POST", "/api/analyze", [b"{}"])
    assert answer.error["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert f"Try again in {answer.headers['retry-after']} s" in answer.error["message"]


def test_a_page_says_it_in_plain_words() -> None:
    statuses("/signin", times=2)
    answer = run("POST", "/signin", [b"username=a&password=b"])
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.body.startswith(b"Too many sign-ins: 2/minute")


def test_people_and_kinds_are_counted_apart(user: Any, other: Any) -> None:
    ada, bob = bearer(user), bearer(other)
    assert statuses("/api/analyze", ada)[-1] == 429
    assert 429 not in statuses("/api/analyze", bob, times=2)
    assert 429 not in statuses("/api/demos/x/predict", ada, times=2)


def test_sign_ins_are_counted_by_address_whatever_cookie_comes_along(settings: Any) -> None:
    found = [
        run("POST", "/signin", [b"{}"], {"cookie": f"{settings.SESSION_COOKIE_NAME}={number}"}).status
        for number in range(3)
    ]
    assert found[-1] == 429


def test_off_counts_nothing(settings: Any) -> None:
    settings.BLOCKYARD_RATES["analyze"] = ""
    assert 429 not in statuses("/api/analyze", times=5)


def test_what_cannot_be_counted_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> bool:
        raise ConnectionError("no Redis")

    monkeypatch.setattr(rates._limiter(), "hit", broken)
    assert 429 not in statuses("/api/analyze", times=4)


def test_a_setting_that_is_no_rate_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_RATE_PREDICT", "often")
    with pytest.raises(env.EnvError, match="is no rate; write for example 3000/minute, or off"):
        env.rate("BLOCKYARD_RATE_PREDICT", "3000/minute")
    monkeypatch.setenv("BLOCKYARD_RATE_PREDICT", "off")
    assert env.rate("BLOCKYARD_RATE_PREDICT", "3000/minute") == ""


@pytest.mark.skipif(not os.environ.get("BLOCKYARD_TEST_SERVICES"), reason="BLOCKYARD_TEST_SERVICES=1 asks for Redis")
def test_on_a_server_redis_counts_for_all_processes(settings: Any) -> None:
    settings.BLOCKYARD_MODE = "server"
    settings.BLOCKYARD_REDIS_URL = "redis://127.0.0.1:6379/0"
    settings.BLOCKYARD_REDIS_PREFIX = f"test-{uuid.uuid4().hex}"
    found = []
    for _ in range(3):
        rates._limiter.cache_clear()  # as another process has none yet
        found += statuses("/api/analyze", times=1)
    assert found[-1] == 429
    assert 429 not in found[:2]
