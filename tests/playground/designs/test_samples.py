"""Samples through designs over HTTP: with the real engine, and with small programs in its place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from models_core.compile import build
from models_core.data import open_dataset
from models_core.design import read
from models_core.model.model import write_weights
from playground.accounts.models import User
from playground.datasets import files
from playground.designs import samples
from playground.designs import services as designs
from playground.runs import artifacts
from playground.runs.models import Artifact, Run
from playground.runs.warm import Busy
from tests.playground.conftest import small_design

JSON = "application/json"


@pytest.fixture(autouse=True)
def helper(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process of its own for each test, for each has another data folder; ended afterwards."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    samples.helper.cache_clear()
    yield
    samples.helper().close()
    samples.helper.cache_clear()


def ask(client: Client, **body: Any) -> Any:
    given = {"design": small_design(), "dataset": "digits", **body}
    return client.post("/api/sample", given, content_type=JSON)


@pytest.fixture
def run(user: User) -> Run:
    """A finished run of the small design with its best weights."""
    version = designs.create(user, small_design()).versions.get()
    run = Run.objects.create(owner=user, design_version=version, builtin="digits", name="first", state="done", fence=1)
    folder = artifacts.attempt_folder(run.pid, 1)
    folder.mkdir(parents=True)
    write_weights(folder / "best.safetensors", build(read(small_design())))
    Artifact.objects.create(run=run, name="best.safetensors", fence=1, size=1)
    return run


def test_a_sample_answers_at_every_node_and_the_process_stays(client: Client, run: Run) -> None:
    first = ask(client, split="test", index=3)
    assert first.status_code == 200, first.content
    found = first.json()
    assert found["sample"]["size"] == 360
    assert set(found["nodes"]) == {"flat", "hidden", "act", "head"}
    value = found["values"][found["nodes"]["head"]["outputs"]["out"]]
    assert value["shape"] == [10]
    assert value["picture"].startswith("data:image/png;base64,")
    process = samples.helper()._engine
    second = ask(client, split="test", index=3, run=run.pid).json()
    assert second["weights"] == "trained"
    assert second["values"][-1]["mean"] != found["values"][-1]["mean"]
    assert samples.helper()._engine is process
    assert client.get("/api/sample/progress").json() == {"what": None, "done": None, "total": None}
    assert not list((Path(files.root()).parent / "tmp").iterdir())


def test_what_is_asked_wrongly_says_so(client: Client, stranger: Client, run: Run) -> None:
    broken = small_design()
    broken["edges"] = broken["edges"][:-2]
    answer = ask(client, design=broken)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_design")
    assert answer.json()["error"]["message"].startswith("A sample goes through when the design has no errors: ")
    assert answer.json()["error"]["details"]
    answer = ask(client, index=5000)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == ("Sample 5,000 of the train split does not exist; ask for 0 to 1,436.")
    answer = ask(client, run=run.pid, design=small_design(width=5))
    assert answer.status_code == 422
    assert "train it again" in answer.json()["error"]["message"]
    assert ask(client, run=run.pid, checkpoint="last").json()["error"]["code"] == "no_checkpoint"
    assert ask(client, dataset="nothing").status_code == 404
    assert ask(client, split="validation").status_code == 422
    # Another's run is no run.
    assert ask(stranger, run=run.pid).json()["error"]["code"] == "not_found"
    assert ask(Client()).status_code == 401


@pytest.fixture
def program(settings: Any, tmp_path: Path) -> Any:
    """Puts a program in the engine's place."""
    open_dataset("digits", files.cache_root())

    def put(source: str) -> None:
        path = tmp_path / "engine.py"
        path.write_text(f"import json, os, sys, time\n{source}")
        settings.BLOCKYARD_ENGINE = [sys.executable, str(path)]

    return put


def test_a_process_that_idled_out_is_replaced(client: Client, program: Any) -> None:
    program(
        "question = json.loads(sys.stdin.readline())\n"
        "open(question['out'], 'w').write(json.dumps({'pid': os.getpid()}))\n"
        "print(json.dumps({'type': 'answer', 'id': question['id']}))\n"
    )
    one, two = ask(client), ask(client)
    assert one.json()["pid"] != two.json()["pid"]


def test_a_process_that_dies_or_dawdles_is_put_in_words(client: Client, program: Any, settings: Any) -> None:
    program("sys.stdin.readline(); os.abort()")
    answer = ask(client)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "no_sample")
    assert "SIGABRT" in answer.json()["error"]["message"]
    settings.BLOCKYARD_SAMPLE_SECONDS = 0.3
    program("time.sleep(60)")
    answer = ask(client)
    assert answer.json()["error"]["code"] == "too_slow"
    assert samples.helper()._engine is None


def test_a_fault_of_ours_is_not_blamed_on_the_design(client: Client, program: Any) -> None:
    program(
        "question = json.loads(sys.stdin.readline())\n"
        "print(json.dumps({'type': 'error', 'id': question['id'], 'message': 'KeyError', 'bad_input': False}))\n"
        "sys.stdin.read()"
    )
    answer = ask(client)
    assert answer.status_code == 500
    assert "KeyError" not in answer.json()["error"]["message"]


def test_a_question_nobody_waits_for_any_more_is_not_asked(program: Any) -> None:
    program("sys.stdin.read()")
    with pytest.raises(Busy):
        samples.helper().ask({}, timeout=1, wait=1, wanted=lambda: False)
    assert samples.helper()._engine is None
