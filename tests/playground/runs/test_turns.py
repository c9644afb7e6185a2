"""Questions that take an engine process: whose turn it is, with small programs in the engine's place."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from playground.accounts.models import User
from playground.runs import turns
from playground.runs.engine import Outcome
from playground.web.errors import ApiError
from tests.conftest import wait_for

LASTS = "import sys; open(sys.argv[1], 'w'); sys.stdin.read()"
"""Says that it has begun, and goes on until it is told to stop."""


@pytest.fixture
def person(settings: Any) -> User:
    settings.BLOCKYARD_ENGINE = [sys.executable]
    return User(pk=7)


def quick(folder: Path) -> list[str]:
    return ["-c", "print('{\"answer\": 1}')"]


def test_the_newest_question_of_a_kind_drops_the_one_before(person: User, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(turns.run, person, "profile", lambda _: ["-c", LASTS, str(begun)], timeout=60)
        wait_for(begun.exists)
        assert turns.run(person, "profile", quick, timeout=20).document == {"answer": 1}
        with pytest.raises(ApiError) as fault:
            first.result(20)
    assert (fault.value.status, fault.value.code) == (409, "overtaken")


def test_a_question_of_another_kind_waits_for_its_turn(person: User, tmp_path: Path) -> None:
    begun, order = tmp_path / "begun", []

    def ask(kind: str, command: Any) -> Outcome:
        outcome = turns.run(person, kind, command, timeout=20)
        order.append(kind)
        return outcome

    with ThreadPoolExecutor(1) as pool:
        source = "import sys, time; open(sys.argv[1], 'w'); time.sleep(0.5)"
        first = pool.submit(ask, "profile", lambda _: ["-c", source, str(begun)])
        wait_for(begun.exists)
        assert ask("estimate", quick).ok
        assert first.result(20).ok
    assert order == ["profile", "estimate"]
