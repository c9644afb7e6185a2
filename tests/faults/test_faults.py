"""Workers, Redis and the web server are killed while real training runs; nothing of it may show in the result.

Real worker processes, a real Redis, real SQLite, and the real engine (`python -m models_core train`).
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from django.db import connections

from models_core.design import Builder
from playground.runs import artifacts, journal, services, tasks
from playground.runs.models import Run, State
from tests.conftest import World, wait_for

from .conftest import Reference


def fresh(run: Run) -> Run:
    run.refresh_from_db()
    return run


def trained(run: Run, steps: int) -> bool:
    """Whether the run has come this far, and has a checkpoint."""
    fresh(run)
    assert run.state not in (State.FAILED, State.CANCELLED), run.error
    return bool(run.checkpoint) and (run.progress.get("step") or 0) >= steps


def finished(run: Run) -> bool:
    fresh(run)
    assert run.state not in (State.FAILED, State.CANCELLED), run.error
    return run.state == State.DONE


def check_undisturbed(run: Run, reference: Reference) -> None:
    """Weights and curves are bit for bit those of the run that nothing disturbed."""
    for name in ("best.safetensors", "last.safetensors"):
        want = reference.weights(name)
        from safetensors.numpy import load_file

        have = load_file(artifacts.path_of(run.artifacts.get(name=name)))
        assert have.keys() == want.keys()
        for key in want:
            np.testing.assert_array_equal(have[key], want[key], err_msg=key)
    shown = journal.snapshot(run, points=10**6)["series"]
    for name in ("train/loss", "test/accuracy", "lr"):
        have = list(zip(shown[name]["steps"], shown[name]["values"], strict=True))
        assert have == reference.series(name), name


def check_steps(steps: list[int], reference: Reference) -> None:
    """No step twice, none left out: a stop on request adds a row at its step, and the next ones count from there."""
    assert steps == sorted(set(steps))
    assert max(np.diff([0, *steps])) <= 10
    assert steps[-1] == reference.series("train/loss")[-1][0]


def follow(run: Run, events: list[dict[str, Any]], done: threading.Event) -> None:
    """As a browser does: every event after the last number it has."""
    seq = 0
    try:
        while not done.wait(0.1):
            found = journal.after(run.pk, seq)
            assert found is not None
            seq = found[0]
            events += found[1]
    finally:
        connections.close_all()


def engines_of(pid: int) -> list[psutil.Process]:
    return [
        child for child in psutil.Process(pid).children(recursive=True) if "models_core" in " ".join(child.cmdline())
    ]


def test_a_killed_worker(world: World, digits_run: Callable[..., Run], reference: Reference) -> None:
    """SIGKILL of the worker: the engine goes with it, another worker goes on from the checkpoint by itself."""
    run = digits_run()
    events: list[dict[str, Any]] = []
    done = threading.Event()
    browser = threading.Thread(target=follow, args=(run, events, done))
    browser.start()
    worker = world.worker()
    world.worker()
    wait_for(lambda: trained(run, 100), 60)
    held_by = world.children[0] if fresh(run).worker.endswith(f":{worker.pid}") else world.children[1]
    (engine,) = engines_of(held_by.pid)
    began = time.monotonic()
    held_by.kill()
    held_by.wait()
    wait_for(lambda: fresh(run).fence > 1 and run.state == State.RUNNING, 60)
    assert time.monotonic() - began < 60
    psutil.wait_procs([engine], timeout=10)
    assert not engine.is_running()
    wait_for(lambda: finished(run), 180)
    wait_for(lambda: any(event["type"] == "end" for event in events), 5)
    done.set()
    browser.join()
    check_undisturbed(run, reference)
    # What a browser sees: numbers without a gap, one rewind, and after dropping what it takes back, each step once.
    assert [event["seq"] for event in events] == list(range(1, run.last_seq + 1))
    assert sum(event["type"] == "rewind" for event in events) == 1
    points: list[int] = []
    for event in events:
        if event["type"] == "rewind":
            points = [step for step in points if step <= event["step"]]
        elif event["type"] == "metrics" and "train/loss" in event["values"]:
            points.append(event["step"])
    assert points == [step for step, _ in reference.series("train/loss")]


def test_a_wake_up_delivered_many_times(world: World, digits_run: Callable[..., Run], reference: Reference) -> None:
    """Five messages, two workers, one run: it is trained once. And Redis is killed while it trains."""
    run = digits_run()
    for _ in range(5):
        assert tasks.ring()
    world.worker()
    world.worker()
    wait_for(lambda: trained(run, 60), 60)
    assert sum(len(engines_of(child.pid)) for child in world.children) == 1
    world.redis.kill()
    try:
        assert not tasks.ring()
        later = digits_run(epochs=1)
        wait_for(lambda: finished(run), 180)
    finally:
        world.redis.start()
    assert run.fence == 1
    check_undisturbed(run, reference)
    # What was queued while Redis was away is found without a message.
    wait_for(lambda: finished(later), 60)
    assert fresh(later).fence == 1


def test_cancel_and_resume(world: World, digits_run: Callable[..., Run], reference: Reference) -> None:
    run = digits_run()
    worker = world.worker()
    wait_for(lambda: trained(run, 60), 60)
    services.cancel(run)
    wait_for(lambda: fresh(run).state == State.CANCELLED, 60)
    assert engines_of(worker.pid) == []
    step = run.checkpoint["step"]
    assert 60 <= step < reference.series("train/loss")[-1][0]
    services.resume(run)
    # SIGTERM in the middle: the run goes back to the queue, and on with the next worker.
    wait_for(lambda: trained(run, step + 30) and run.state == State.RUNNING, 60)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert fresh(run).state == State.QUEUED
    world.worker()
    wait_for(lambda: finished(run), 180)
    steps = journal.snapshot(run, points=10**6)["series"]["train/loss"]["steps"]
    check_steps(steps, reference)
    accuracy = journal.snapshot(run, points=10**6)["series"]["test/accuracy"]
    assert list(zip(accuracy["steps"], accuracy["values"], strict=True)) == reference.series("test/accuracy")
    best = artifacts.path_of(run.artifacts.get(name="best.safetensors"))
    from safetensors.numpy import load_file

    for name, value in load_file(best).items():
        np.testing.assert_array_equal(value, reference.weights("best.safetensors")[name])


def test_what_cannot_end_well_ends_in_words(world: World, digits_run: Callable[..., Run]) -> None:
    """A rate that diverges, a batch beyond the memory limit: failed, with figure and remedy, and as strict JSON."""
    diverging = digits_run(optimizer={"id": "sgd", "lr": 100.0}, schedule={"id": "constant"}, epochs=3)
    greedy = digits_run(batch_size=65_536)
    # Two linear layers: nothing in between keeps the sums small.
    design = Builder("linear", task="image_classification")
    design.facts(image={"channels": 1}, label={"classes": 10})
    x = design.add("flat", "flatten", design.input("image", "image", C="=facts.image.channels", H=8, W=8))
    for name, size in (("one", 64), ("two", 64), ("head", "=facts.label.classes")):
        x = design.add(name, "linear", x, out_features=size)
    design.output("logits", x)
    version = diverging.design_version
    version.pk, version.number, version.document = None, 2, design.build().to_json()
    version.save()
    type(diverging).objects.filter(pk=diverging.pk).update(design_version=version)
    worker = world.worker(BLOCKYARD_MAX_MEMORY="2G")
    wait_for(lambda: fresh(diverging).ended and fresh(greedy).ended, 60)
    assert diverging.state == State.FAILED
    assert "diverged" in diverging.error["message"]
    assert "learning rate" in diverging.error["remedy"]
    shown = json.dumps(journal.snapshot(diverging), allow_nan=False)
    assert '"nonfinite"' in shown or diverging.metrics["train/loss"] is None
    assert None in journal.snapshot(diverging)["series"]["train/loss"]["values"]
    assert greedy.state == State.FAILED
    assert "limit" in greedy.error["message"]
    assert "batch_size" in greedy.error["message"] + greedy.error["remedy"]
    assert greedy.attempt == 1
    assert engines_of(worker.pid) == []


def test_no_worker_loads_torch(world: World, digits_run: Callable[..., Run]) -> None:
    """Neither node, before or after its work: a forked or threaded torch is what hangs."""
    run = digits_run(epochs=1)
    runs, io = world.worker("runs"), world.worker("io")
    wait_for(lambda: finished(run), 180)
    for worker in (runs, io):
        maps = Path(f"/proc/{worker.pid}/maps").read_text()
        assert "python" in maps
        assert "libtorch" not in maps
