from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from playground.runs import curves, journal, services
from playground.runs.models import MetricChunk, Run, RunEvent, State
from playground.runs.wire import clean, dumps

pytestmark = pytest.mark.django_db


def metrics(step: int, **values: float) -> dict[str, Any]:
    return {
        "type": "metrics",
        "step": step,
        "values": {name.replace("_", "/"): value for name, value in values.items()},
    }


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    return make_run(state=State.RUNNING, fence=3)


def test_numbers_grow_without_a_gap(run: Run) -> None:
    journal.append(run.pk, 3, [{"type": "log", "message": "a"}, {"type": "log", "message": "b"}])
    journal.append(run.pk, 3, [{"type": "log", "message": "c"}])
    seq, events = journal.after(run.pk, 0)
    assert [(event["seq"], event["message"]) for event in events] == [(1, "a"), (2, "b"), (3, "c")]
    assert seq == 3
    assert journal.after(run.pk, 2) == (3, [{"type": "log", "message": "c", "seq": 3}])
    assert journal.after(run.pk, 3) == (3, [])


def test_an_old_fence_writes_nothing(run: Run) -> None:
    with pytest.raises(journal.LeaseLost):
        journal.append(run.pk, 2, [{"type": "log", "message": "from a ghost"}])
    run.refresh_from_db()
    assert run.last_seq == 0
    assert not RunEvent.objects.exists()


def test_an_ended_run_takes_no_events(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=State.CANCELLED)
    with pytest.raises(journal.LeaseLost):
        journal.append(run.pk, 3, [{"type": "log", "message": "late"}])


def test_a_deleted_run_takes_no_events(run: Run) -> None:
    key = run.pk
    run.delete()
    with pytest.raises(journal.LeaseLost):
        journal.append(key, 3, [{"type": "log", "message": "late"}])


def test_nan_and_infinity_become_null_with_a_mark(run: Run) -> None:
    journal.append(run.pk, 3, [metrics(1, train_loss=math.inf, lr=0.1), metrics(2, train_loss=math.nan)])
    _, events = journal.after(run.pk, 0)
    assert events[0]["values"] == {"train/loss": None, "lr": 0.1}
    assert events[0]["nonfinite"] == ["train/loss"]
    shown = journal.snapshot(run)
    assert shown["series"]["train/loss"] == {"steps": [1, 2], "values": [None, None]}
    json.loads(dumps(shown), parse_constant=lambda name: pytest.fail(f"{name} left the house"))


def test_what_is_no_event_is_dropped() -> None:
    assert clean([1]) is None
    assert clean({"no": "type"}) is None
    assert clean({"type": "log", "message": "a\0b\ud800"}) == {"type": "log", "message": "ab?"}
    assert len(clean({"type": "log", "message": "x" * 100_000})["message"]) < 10_000


def test_the_runs_own_columns_follow(run: Run) -> None:
    journal.append(
        run.pk,
        3,
        [
            {"type": "start", "total_steps": 90, "total_epochs": 3, "device": "cpu", "threads": 2},
            {"type": "latency", "p50_ms": 1.5},
            {"type": "metrics", "step": 30, "values": {"test/accuracy": 0.9}},
            {"type": "metrics", "step": 60, "values": {"test/accuracy": 0.8}},
            {"type": "progress", "step": 61, "epoch": 2, "eta_s": 4.0},
        ],
    )
    run.refresh_from_db()
    assert run.progress == {"total_steps": 90, "total_epochs": 3, "step": 61, "epoch": 2, "eta_s": 4.0}
    assert (run.device, run.threads, run.best_accuracy) == ("cpu", 2, 0.9)
    assert run.metrics == {"test/accuracy": 0.8}
    assert run.latency == {"p50_ms": 1.5}


def test_a_reader_too_far_behind_is_told_so(run: Run) -> None:
    for start in range(1, journal.TOO_FAR + 200, 100):
        journal.append(run.pk, 3, [metrics(step, train_loss=1.0) for step in range(start, start + 100)])
    run.refresh_from_db()
    assert journal.after(run.pk, 0) is None
    assert journal.after(run.pk, run.last_seq + 1) is None
    assert journal.after(run.pk, run.last_seq - journal.TOO_FAR)[1][0]["seq"] == run.last_seq - journal.TOO_FAR + 1
    shown = journal.snapshot(run, after_or_none := 0)
    assert after_or_none == 0
    assert shown["reset"] is True
    assert shown["seq"] == run.last_seq
    near = journal.snapshot(run, run.last_seq - 5)
    assert near["reset"] is False
    assert [event["step"] for event in near["events"]] == list(range(run.last_seq - 4, run.last_seq + 1))


def test_old_rows_of_numbers_are_dropped_and_their_points_kept(run: Run) -> None:
    journal.append(run.pk, 3, [{"type": "log", "message": "kept"}])
    n = 3 * journal.TOO_FAR
    for start in range(1, n, 100):
        journal.append(run.pk, 3, [metrics(step, train_loss=step) for step in range(start, start + 100)])
    run.refresh_from_db()
    assert RunEvent.objects.filter(run=run).count() < n // 100
    assert RunEvent.objects.filter(run=run, last_seq=1).exists()
    shown = journal.snapshot(run, points=10**6)
    assert shown["series"]["train/loss"]["steps"] == list(range(1, n + 1))
    assert [event["message"] for event in shown["events"]] == ["kept"]


def test_a_rewind_cuts_what_is_measured_again(run: Run) -> None:
    journal.append(run.pk, 3, [metrics(step, train_loss=1.0) for step in range(1, 2_500)])
    journal.append(run.pk, 3, [{"type": "rewind", "step": 1_200}, metrics(1_201, train_loss=2.0)])
    series = journal.snapshot(run, points=10**6)["series"]["train/loss"]
    assert series["steps"] == list(range(1, 1_202))
    assert series["values"][-2:] == [1.0, 2.0]
    chunks = MetricChunk.objects.filter(run=run).order_by("number")
    assert [(chunk.number, chunk.count) for chunk in chunks] == [(0, 1_024), (1, 177)]
    assert [row[5] for row in chunks[1].summary] == [64, 64, 49]


def test_points_in_the_same_flush_before_a_rewind_are_cut_too(run: Run) -> None:
    journal.append(run.pk, 3, [metrics(1, a=1.0), metrics(2, a=2.0), {"type": "rewind", "step": 1}, metrics(2, a=3.0)])
    assert journal.snapshot(run)["series"]["a"] == {"steps": [1, 2], "values": [1.0, 3.0]}


def test_cut_to_counts(run: Run) -> None:
    journal.append(run.pk, 3, [metrics(step, a=step) for step in range(1, 1_100)] + [metrics(1_099, b=0.5)])
    curves.cut_to(run.pk, {"a": 1_030})
    assert curves.sizes(run.pk) == {"a": 1_030}
    curves.cut_to(run.pk, {"a": 1_024})
    assert curves.sizes(run.pk) == {"a": 1_024}
    journal.append(run.pk, 3, [metrics(1_025, a=0.0)])
    assert curves.sizes(run.pk) == {"a": 1_025}
    curves.cut_to(run.pk, {})
    assert curves.sizes(run.pk) == {}


def test_a_long_curve_is_thinned_out_with_its_extremes(run: Run) -> None:
    n = 40_000
    for start in range(1, n, 2_000):
        journal.append(run.pk, 3, [metrics(s, a=-5.0 if s == 777 else s / n) for s in range(start, start + 2_000)])
    assert MetricChunk.objects.filter(run=run).count() == math.ceil(n / curves.CHUNK)
    series = journal.snapshot(run, points=300)["series"]["a"]
    assert 150 <= len(series["steps"]) <= 320
    assert series["steps"][-1] == n
    assert min(series["low"]) == -5.0
    assert max(series["high"]) == 1.0
    assert all(
        low <= value <= high for low, value, high in zip(series["low"], series["values"], series["high"], strict=True)
    )


def test_a_snapshot_and_what_follows_make_the_whole(run: Run) -> None:
    journal.append(run.pk, 3, [metrics(1, a=1.0), {"type": "log", "message": "one"}])
    shown = journal.snapshot(run)
    journal.append(run.pk, 3, [metrics(2, a=2.0)])
    _, events = journal.after(run.pk, shown["seq"])
    assert shown["series"]["a"]["steps"] + [event["step"] for event in events] == [1, 2]


def test_series_are_bounded(run: Run) -> None:
    journal.append(run.pk, 3, [{"type": "metrics", "step": 1, "values": {f"s{n}": 1.0 for n in range(300)}}])
    assert len(curves.sizes(run.pk)) == curves.MAX_SERIES


def test_delete_rows_leaves_nothing(run: Run) -> None:
    journal.append(run.pk, 3, [metrics(step, a=1.0) for step in range(1, 3_000)])
    journal.delete_rows(run.pk, piece=1)
    assert not RunEvent.objects.exists()
    assert not MetricChunk.objects.exists()


def test_of_the_looks_at_nodes_the_newest_is_kept_and_the_others_are_only_told(run: Run) -> None:
    def look(step: int) -> dict[str, Any]:
        return {"type": "nodes", "step": step, "nodes": {"stage.0.conv": {"gradient": step / 2, "dead": None}}}

    assert services.nodes(run) == {"step": None, "nodes": {}}
    journal.append(run.pk, 3, [look(10), {"type": "log", "message": "a"}, look(20)])
    journal.append(run.pk, 3, [look(30)])
    assert services.nodes(run) == {"step": 30, "nodes": {"stage.0.conv": {"gradient": 15.0, "dead": None}}}
    seq, events = journal.after(run.pk, 0)
    assert seq == 4
    assert [event for event in events if event["type"] == "nodes"] == [
        {"type": "nodes", "step": step, "seq": at} for step, at in ((10, 1), (20, 3), (30, 4))
    ]
    assert [event["type"] for event in journal.snapshot(run)["events"]] == ["log"]
    # The last flush holds a look alone, which is dropped in time.
    assert not RunEvent.objects.get(last_seq=4).notable
