from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command

from playground.accounts.services import local_owner
from playground.demos.models import Demo
from playground.designs.models import Design
from playground.runs import supervisor
from playground.runs.models import Run
from playground.web import seeding

# The supervisor closes connections as a worker does, which a transaction around the test would not survive.
pytestmark = pytest.mark.django_db(transaction=True)


def seed() -> list[str]:
    lines: list[str] = []
    seeding.seed(lines.append)
    return lines


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shorter training than people get; everything else is as it is."""
    monkeypatch.setattr(seeding, "RECIPE", {"epochs": 3, "batch_size": 64, "optimizer": {"id": "adamw", "lr": 0.01}})


def test_a_new_installation_has_designs_a_trained_run_and_a_demo_that_answers(client: Any) -> None:
    call_command("seed")
    owner = local_owner()
    assert {design.zoo for design in Design.objects.visible_to(owner)} == set(seeding.NAMES)
    run = Run.objects.get()
    assert run.state == "done"
    assert run.best_accuracy > 0.8
    demo = Demo.objects.get()
    client.force_login(owner)
    item = client.get(f"/api/demos/{demo.pid}/samples?n=1").json()["items"][0]
    answer = client.post(
        f"/api/demos/{demo.pid}/predict", json.dumps({"image": item["image"]}), content_type="application/json"
    )
    assert len(answer.json()["predictions"]) == 10
    # A second time nothing happens, even to what somebody has deleted.
    Design.objects.filter(zoo="mlp_table").delete()
    assert seed() == []
    assert Design.objects.count() == len(seeding.NAMES) - 1


def test_a_training_that_fails_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(queue: str, env: Any) -> bool:
        Run.objects.update(state="failed", error={"message": "no more memory", "remedy": ""})
        return True

    monkeypatch.setattr(supervisor, "next_run", fail)
    assert "the training did not finish: no more memory" in seed()
    assert Design.objects.count() == len(seeding.NAMES)
    assert Demo.objects.count() == 0
    assert seed() == []


def test_an_interrupted_one_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "next_run", lambda queue, env: False)
    seed()
    assert not seeding.marker().exists()

    def finish(queue: str, env: Any) -> bool:
        Run.objects.update(state="failed")
        return True

    monkeypatch.setattr(supervisor, "next_run", finish)
    seed()
    assert (Run.objects.count(), Design.objects.count()) == (1, len(seeding.NAMES))
    assert seeding.marker().exists()


def test_whoever_has_designs_of_their_own_gets_none(user: Any, document: Any) -> None:
    from playground.designs import services as designs

    designs.create(user, document)
    assert seed() == []
    assert Design.objects.count() == 1
