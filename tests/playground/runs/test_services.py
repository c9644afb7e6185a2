from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playground.accounts.models import User
from playground.designs.models import DesignVersion
from playground.runs import artifacts, journal, lease, services, tasks
from playground.runs.models import Artifact, Desired, Run, State
from playground.web.errors import ApiError
from tests.conftest import wait_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(tasks, "ring_soon", lambda queue="runs": found.append(queue))
    return found


@pytest.fixture
def version(make_run: Callable[..., Run]) -> DesignVersion:
    run = make_run()
    version = run.design_version
    run.delete()
    return version


def test_start_saves_then_rings(
    user: User, version: DesignVersion, rings: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run = services.start(user, version, "digits", {"epochs": 1}, "  my   run ")
        assert rings == []
    assert rings == ["runs"]
    assert (run.state, run.name, run.builtin, run.dataset, run.last_seq) == (State.QUEUED, "my run", "digits", None, 1)


def test_start_names_a_run_by_what_it_is(user: User, version: DesignVersion) -> None:
    assert services.start(user, version, "digits", {}).name == "small on digits"


@pytest.mark.usefixtures("real_rings")
def test_with_redis_down_the_run_is_saved(
    user: User, version: DesignVersion, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    tried: list[bool] = []
    ring = tasks.ring
    monkeypatch.setattr(tasks, "ring", lambda queue: tried.append(ring(queue)))
    with django_capture_on_commit_callbacks(execute=True):
        run = services.start(user, version, "digits", {})
    assert Run.objects.get(pk=run.pk).state == State.QUEUED
    wait_for(lambda: tried, 15)
    assert tried == [False]


def test_a_full_queue_is_refused(
    user: User, version: DesignVersion, make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_QUEUED", 1)
    services.start(user, version, "digits", {})
    with pytest.raises(ApiError, match="1 runs of yours"):
        services.start(user, version, "digits", {})


def test_cancel_while_queued_is_at_once(make_run: Callable[..., Run]) -> None:
    run = services.cancel(make_run())
    assert run.state == State.CANCELLED
    assert lease.claim() is None
    assert journal.after(run.pk, 0)[1][-1]["type"] == "end"


def test_cancel_while_running_is_a_wish(make_run: Callable[..., Run]) -> None:
    run = make_run()
    claim = lease.claim()
    assert services.cancel(run).state == State.RUNNING
    assert lease.desired(claim) == Desired.CANCEL


def test_cancel_of_a_lost_run_needs_nobody(make_run: Callable[..., Run]) -> None:
    run = make_run()
    claim = lease.claim()
    lease.show_lost(run.pk, claim.fence, 0)
    assert services.cancel(run).state == State.CANCELLED
    with pytest.raises(lease.LeaseLost):
        lease.beat(claim)


def test_cancel_of_an_ended_run_is_refused(make_run: Callable[..., Run]) -> None:
    with pytest.raises(ApiError, match="done already"):
        services.cancel(make_run(state=State.DONE))


@pytest.mark.parametrize("state", [State.CANCELLED, State.FAILED])
def test_resume_queues_again_with_fresh_attempts(
    make_run: Callable[..., Run], state: State, rings: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    run = make_run(state=state, attempt=3, error={"message": "x", "remedy": ""}, checkpoint={"step": 5})
    with django_capture_on_commit_callbacks(execute=True):
        services.resume(run)
    assert (run.state, run.attempt, run.error, run.checkpoint) == (State.QUEUED, 0, None, {"step": 5})
    assert rings == ["runs"]


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.LOST, State.DONE])
def test_resume_of_others_is_refused(make_run: Callable[..., Run], state: State) -> None:
    with pytest.raises(ApiError) as caught:
        services.resume(make_run(state=state))
    assert caught.value.status == 409


def test_requeue_shuts_out_whoever_hangs(make_run: Callable[..., Run]) -> None:
    run = make_run()
    claim = lease.claim()
    assert services.requeue(run).state == State.QUEUED
    with pytest.raises(lease.LeaseLost):
        lease.beat(claim)
    with pytest.raises(ApiError):
        services.requeue(make_run(state=State.DONE))


def test_delete_takes_everything(make_run: Callable[..., Run]) -> None:
    run = make_run()
    claim = lease.claim()
    services.record(run, claim.fence, [{"type": "metrics", "step": 1, "values": {"a": 1.0}}])
    folder = artifacts.prepare(run.pid, claim.fence, {}, {})
    (folder / "best.safetensors").write_bytes(b"weights")
    artifacts.register(run.pk, run.pid, claim.fence)
    services.delete(run)
    assert not Run.objects.exists()
    assert not Artifact.objects.exists()
    assert not artifacts.run_folder(run.pid).exists()
    with pytest.raises(lease.LeaseLost):
        lease.beat(claim)


def test_ahead_counts_those_before(make_run: Callable[..., Run]) -> None:
    first, second, urgent = make_run(), make_run(), make_run(priority=1)
    assert [services.ahead(run) for run in (first, second, urgent)] == [1, 2, 0]
    assert services.ahead(make_run(state=State.DONE)) is None


def test_artifacts_point_at_the_newest_claim(make_run: Callable[..., Run]) -> None:
    run = make_run()
    for fence in (1, 2):
        folder = artifacts.prepare(run.pid, fence, {"name": "x"}, {})
        (folder / "best.safetensors").write_bytes(b"w" * fence)
        (folder / "secret.txt").write_text("not offered")
        artifacts.register(run.pk, run.pid, fence, step=fence * 10)
    rows = {row.name: row for row in run.artifacts.all()}
    assert set(rows) == {"best.safetensors", "design.json", "recipe.json"}
    assert (rows["best.safetensors"].fence, rows["best.safetensors"].size) == (2, 2)
    assert artifacts.path_of(rows["best.safetensors"]).read_bytes() == b"ww"
    assert artifacts.model_folder(run) == artifacts.attempt_folder(run.pid, 2)


def test_a_checkpoint_pointer_leaves_its_run_never(make_run: Callable[..., Run], data_folder: Path) -> None:
    run = make_run()
    for folder in ("../../x", "/etc", "kept/../..", ""):
        assert artifacts.checkpoint_folder(run.pid, {"folder": folder}) is None
