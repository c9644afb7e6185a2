"""The short way to a prediction: what it answers, and that it opens nothing that the whole way would not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from playground.accounts.models import ApiToken
from playground.accounts.services import create_token
from playground.demos import quick, services
from playground.trash import services as trash
from playground.web.handler import Handler
from tests.playground.web.test_gate import Exchange, run

pytestmark = pytest.mark.django_db(transaction=True)


class Demo:
    """A published demo that is asked over ASGI."""

    def __init__(self, user: Any, finished: Any) -> None:
        self.user = user
        self.run = finished("digits")
        self.row = services.publish(user, self.run.pid)
        self.image = services.samples(self.run, 1)[0]["image"]
        self.headers = {"authorization": f"Bearer {create_token(user, 'demo')[1]}"}
        self.app = quick.quick(Handler())

    def ask(self, body: Any = None, headers: dict[str, str] | None = None) -> Exchange:
        given = json.dumps({"image": self.image} if body is None else body).encode()
        path = f"/api/demos/{self.row.pid}/predict"
        return run("POST", path, [given], self.headers if headers is None else headers, app=self.app)


@pytest.fixture
def demo(user: Any, finished: Any, settings: Any) -> Demo:
    settings.BLOCKYARD_BRIEF_SECONDS = 60.0
    quick._known.clear()
    return Demo(user, finished)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The demos that were looked up in the database."""
    found: list[str] = []
    run_of = services.run_of

    def counted(user: Any, slug: str) -> Any:
        found.append(slug)
        return run_of(user, slug)

    monkeypatch.setattr(services, "run_of", counted)
    return found


def test_the_second_request_asks_nobody_and_gets_the_same(demo: Demo, asked: list[str]) -> None:
    first, second = demo.ask(), demo.ask()
    assert len(asked) == 1
    assert (first.status, second.status) == (200, 200)
    one, other = json.loads(first.body), json.loads(second.body)
    assert one["predictions"] == other["predictions"]
    assert one.keys() == other.keys()
    assert first.headers | {"content-length": ""} == second.headers | {"content-length": ""}
    assert second.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer by_wrong"}, {"cookie": "a=b"}])
def test_other_credentials_go_the_whole_way(demo: Demo, headers: dict[str, str]) -> None:
    assert demo.ask().status == 200
    assert demo.ask(headers=headers).status == 401


def test_a_strangers_token_finds_nothing(demo: Demo, other: Any) -> None:
    assert demo.ask().status == 200
    assert demo.ask(headers={"authorization": f"Bearer {create_token(other, 'demo')[1]}"}).status == 404


def test_a_demo_that_is_taken_down_and_a_token_that_is_taken_back_count_at_once(demo: Demo) -> None:
    assert demo.ask().status == 200
    ApiToken.objects.get(name="demo").delete()
    assert demo.ask().status == 401
    demo.headers = {"authorization": f"Bearer {create_token(demo.user, 'new')[1]}"}
    assert demo.ask().status == 200
    trash.put(demo.row)
    assert demo.ask().status == 404


def test_a_run_that_goes_into_the_trash_takes_its_demo_along_at_once(demo: Demo) -> None:
    assert demo.ask().status == 200
    trash.put(demo.run)
    assert demo.ask().status == 404


def test_a_fault_of_ours_is_said_as_everywhere(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    assert demo.ask().status == 200

    def broken(*_: Any) -> Any:
        raise RuntimeError("the network fell over")

    monkeypatch.setattr(services, "predict", broken)
    assert (demo.ask().status, demo.ask().error["code"]) == (500, "internal")


def test_what_changes_while_an_answer_is_under_way_is_not_remembered(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict = services.predict

    def and_meanwhile(*given: Any) -> Any:
        ApiToken.objects.get(name="demo").delete()
        return predict(*given)

    monkeypatch.setattr(services, "predict", and_meanwhile)
    assert demo.ask().status == 200
    monkeypatch.undo()
    assert demo.ask().status == 401


@pytest.mark.parametrize("body", [{"image": "none"}, {"text": "a"}, {"top": 0}, [], {"image": "data:text/plain,a"}])
def test_what_is_wrong_is_said_in_the_same_words(demo: Demo, body: Any) -> None:
    first = demo.ask(body)
    assert demo.ask().status == 200
    second = demo.ask(body)
    assert 400 <= second.status < 500
    assert (first.status, first.error) == (second.status, second.error)


def test_it_is_forgotten_after_the_setting(demo: Demo, asked: list[str], settings: Any) -> None:
    settings.BLOCKYARD_BRIEF_SECONDS = 0.2
    assert demo.ask().status == 200
    time.sleep(0.3)
    assert demo.ask().status == 200
    assert len(asked) == 2


def test_a_slow_model_is_answered_in_a_thread(demo: Demo, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "INLINE_MS", 0.0)
    assert (demo.ask().status, demo.ask().status) == (200, 200)
    assert len(asked) == 1
