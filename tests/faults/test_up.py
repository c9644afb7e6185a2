"""`manage.py up` as a person uses it: start, refuse, survive, stop, go on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from playground.runs.models import Run, State
from tests.conftest import ROOT, World, wait_for

from .conftest import Reference
from .test_faults import check_steps, finished, fresh, trained


class Upped:
    """One `up` process and what it has said."""

    def __init__(self, world: World, **env: str) -> None:
        self.world = world
        own = {key: value for key, value in world.env.items() if key != "BLOCKYARD_REDIS_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env={**own, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> dict[str, Any]:
        def note() -> Any:
            if self.process.poll() is not None:
                pytest.fail(f"up ended: {self.process.communicate()}")
            with contextlib.suppress(OSError, ValueError):
                return json.loads((self.world.data / "up.json").read_text())

        return wait_for(note, 60)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=40)
        return self.process.returncode, out, err


@pytest.fixture
def up(world: World) -> Iterator[Callable[..., Upped]]:
    started: list[Upped] = []

    def start(**env: str) -> Upped:
        started.append(Upped(world, **env))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()
    for path in sorted((world.data / "logs").glob("*.log")):
        print(f"== {path.name}\n{path.read_text()[-3000:]}")


def get(url: str) -> int:
    try:
        return urllib.request.urlopen(url, timeout=30).status
    except urllib.error.HTTPError as error:
        return error.code


def gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive, [process.cmdline() for process in alive]


def test_the_whole_life(up: Callable[..., Upped], world: World, digits_run: Any, reference: Reference) -> None:
    """Children killed one after the other, Ctrl-C in the middle of a training, and the next start ends it."""
    run = digits_run()
    one = up()
    note = one.ready()
    assert get(note["url"]) in (200, 302)
    assert {process.username() for process in one.family()} == {psutil.Process().username()}
    # Everything has a session of its own, so that Ctrl-C reaches `up` alone.
    pids = note["children"]
    assert set(pids) == {"redis", "engine", "web", "runs", "io"}
    assert all(os.getsid(pid) == pid for pid in pids.values())
    assert oct((world.data / "up.json").stat().st_mode & 0o777) == "0o600"

    wait_for(lambda: trained(run, 50), 60)
    for name in ("web", "redis"):
        os.kill(pids[name], signal.SIGKILL)
    wait_for(lambda: get_quietly(note["url"]) in (200, 302), 30)
    again = wait_for(lambda: changed(world, pids, ("web", "redis")), 30)
    assert finished(run) or run.fence == 1

    for name in ("runs", "engine"):
        os.kill(again[name], signal.SIGKILL)
    wait_for(lambda: finished(run) or (run.fence > 1 and trained(run, 150)), 60)

    family = one.family()
    code, out, err = one.stop()
    assert (code, err) == (0, "")
    assert "/signin/" in out
    assert "starting it again" in out
    gone(family)
    assert fresh(run).state in (State.QUEUED, State.DONE)
    assert not (world.data / "up.json").exists()

    two = up()
    two.ready()
    wait_for(lambda: finished(run), 60)
    check_undisturbed_but_for_stops(run, reference)
    family = two.family()
    assert two.stop(signal.SIGTERM)[0] == 0
    gone(family)


def check_undisturbed_but_for_stops(run: Run, reference: Reference) -> None:
    """A stop on request adds a row at its step; weights and evaluations are the same all the same."""
    from safetensors.numpy import load_file

    from playground.runs import artifacts, journal

    shown = journal.snapshot(run, points=10**6)["series"]
    steps = shown["train/loss"]["steps"]
    check_steps(steps, reference)
    accuracy = shown["test/accuracy"]
    assert list(zip(accuracy["steps"], accuracy["values"], strict=True)) == reference.series("test/accuracy")
    for name in ("best.safetensors", "last.safetensors"):
        have, want = load_file(artifacts.path_of(run.artifacts.get(name=name))), reference.weights(name)
        assert all((have[key] == want[key]).all() for key in want)


def get_quietly(url: str) -> int:
    with contextlib.suppress(OSError):
        return get(url)
    return 0


def changed(world: World, before: dict[str, int], names: tuple[str, ...]) -> dict[str, int] | None:
    note = json.loads((world.data / "up.json").read_text())["children"]
    return note if all(note[name] != before[name] for name in names) else None


def test_killed_itself_it_takes_everything_along(up: Callable[..., Upped], world: World, make_run: Any) -> None:
    world.scripted()
    run = make_run(recipe={"script": {"steps": 10_000}})
    one = up()
    one.ready()
    wait_for(lambda: trained(run, 5), 30)
    family = one.family()
    assert len(family) >= 5  # four children and the engine
    one.process.kill()
    gone(family)


def test_a_second_one_is_refused(up: Callable[..., Upped]) -> None:
    one = up()
    one.ready()
    two = up()
    out, err = two.process.communicate(timeout=30)
    assert two.process.returncode == 1
    assert out == ""
    assert err.count("\n") == 1
    assert "running already" in err
    assert one.process.poll() is None
    assert one.stop(signal.SIGHUP)[0] == 0


def test_a_taken_port_is_said(up: Callable[..., Upped]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        one = up(BLOCKYARD_PORT=port)
        out, err = one.process.communicate(timeout=30)
    assert (one.process.returncode, out) == (1, "")
    assert err == f"Blockyard cannot run: Port {port} is taken by another program. " + (
        "Set BLOCKYARD_PORT to another, or to 0 for any free one.\n"
    )


def test_a_folder_that_cannot_be_written_is_said(up: Callable[..., Upped], tmp_path: Path) -> None:
    # A file in the folder's place: root may write anywhere else.
    (tmp_path / "file").write_text("")
    one = up(BLOCKYARD_DATA=str(tmp_path / "file" / "data"))
    out, err = one.process.communicate(timeout=30)
    assert (one.process.returncode, out) == (1, "")
    assert err.startswith("Blockyard cannot run: The data folder")
    assert err.count("\n") == 1


def test_a_setting_that_cannot_be_used_is_said(up: Callable[..., Upped]) -> None:
    one = up(BLOCKYARD_MAX_MEMORY="lots")
    out, err = one.process.communicate(timeout=30)
    assert (one.process.returncode, out) == (1, "")
    assert "BLOCKYARD_MAX_MEMORY is 'lots'" in err
    assert err.count("\n") == 1


def test_a_child_that_cannot_live_ends_it(up: Callable[..., Upped], world: World) -> None:
    """A Redis that refuses its data: one line, exit status 1, nothing left."""
    (world.data / "redis").mkdir()
    (world.data / "redis" / "appendonly.aof").write_text("this is no append-only file\n")
    one = up()
    _, err = one.process.communicate(timeout=60)
    assert one.process.returncode == 1
    assert "Redis" in err
    assert err.count("\n") == 1
    assert not [
        p
        for p in psutil.process_iter(["environ"])
        if str(world.data) == (p.info["environ"] or {}).get("BLOCKYARD_DATA")
    ]


def test_a_child_that_keeps_dying_ends_it(up: Callable[..., Upped], world: World) -> None:
    one = up()
    one.ready()
    killed: set[int] = set()

    def kill_io() -> bool:
        if one.process.poll() is not None:
            return True
        with contextlib.suppress(OSError, ValueError):
            pid = json.loads((world.data / "up.json").read_text())["children"]["io"]
            with contextlib.suppress(psutil.NoSuchProcess):
                if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
        return False

    wait_for(kill_io, 60)
    _, err = one.process.communicate(timeout=30)
    assert one.process.returncode == 1
    assert "The io worker was ended by SIGKILL 5 times within a minute" in err
    assert err.count("\n") == 1
    assert len(killed) == 5
