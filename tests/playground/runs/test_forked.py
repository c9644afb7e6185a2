"""Engine processes from a real fork server, beside fresh ones."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from playground.runs.engine import Engine, run_command
from playground.runs.forked import Forked
from playground.settings.places import BASE_DIR
from tests.conftest import wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fork server needs Linux")
TRAIN = ["train", "mlp", "--data", "digits", "--set", "epochs=1", "--set", "threads=1", "--no-onnx", "--events", "-"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    path = tmp_path_factory.mktemp("fork") / "engine.sock"
    process = start(path)
    yield process
    process.kill()
    process.wait()


def start(path: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "models_core", "forkserver", str(path), *options]
    # Where numbers are reckoned with several threads, none may begin while modules are imported.
    process = subprocess.Popen(command, cwd=BASE_DIR, env={**os.environ, "OMP_NUM_THREADS": "2"})
    process.path = str(path)  # type: ignore[attr-defined]
    wait_for(path.exists, 30)
    return process


@pytest.fixture(autouse=True)
def patience(settings: Any) -> None:
    """Loading takes longer on a busy machine; who would not wait gets a fresh process."""
    settings.BLOCKYARD_BEAT_SECONDS = 60.0


@pytest.fixture
def forked(server: Any, settings: Any) -> int:
    """Engines are forked; the server's number."""
    settings.BLOCKYARD_FORKSERVER = server.path
    return server.pid


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_command_does_what_a_fresh_process_does(forked: int, settings: Any, tmp_path: Path) -> None:
    weights, states = [], []
    for at, path in enumerate((configured.BLOCKYARD_FORKSERVER, "")):
        settings.BLOCKYARD_FORKSERVER = path
        events: list[Any] = []
        env = {"OMP_NUM_THREADS": "2"}
        outcome = run_command([*TRAIN, "--out", str(tmp_path / str(at))], events.append, env=env)
        assert outcome.ok, outcome.tail
        states.append(events[-1]["state"])
        weights.append((tmp_path / str(at) / "best.safetensors").read_bytes())
    assert states == ["done", "done"]
    assert weights[0] == weights[1]


def test_it_is_forked_with_all_loaded(forked: int) -> None:
    engine = Engine([*TRAIN, "--data", "nothing.zip", "--out", "nowhere"])
    assert isinstance(engine.process, Forked)
    assert engine.wait(30) == 2
    assert "nothing.zip" in engine.outcome().tail[-1]


def test_its_session_limits_and_environment_are_its_own(forked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_SECRET_KEY", "not for engines")
    engine = Engine(["sample", "--serve"], env={"CUDA_VISIBLE_DEVICES": "3"}, memory_limit=2**33)
    pid = engine.process.pid
    assert parent(pid) == forked
    assert os.getsid(pid) == pid != os.getsid(forked)
    assert str(2**33) in Path(f"/proc/{pid}/limits").read_text()
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, forked)
    engine.kill()
    assert engine.outcome().code == -signal.SIGKILL


def test_the_end_of_stdin_is_its_end(forked: int) -> None:
    engine = Engine(["sample", "--serve"])
    engine.cut()
    assert engine.wait(30) == 0


def test_what_it_leaves_running_ends_with_it(forked: int, tmp_path: Path) -> None:
    source = tmp_path / "own.py"
    source.write_text(
        "import subprocess, torch\n"
        "def make():\n"
        f"    child = subprocess.Popen(['sleep', '300']); open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "    return torch.nn.Linear(4, 2), (torch.zeros(1, 4),)\n"
    )
    outcome = run_command(["import", f"{source}:make", "--json"])
    assert outcome.ok, outcome.tail
    grandchild = int((tmp_path / "pid").read_text())
    wait_for(lambda: not Path(f"/proc/{grandchild}").exists(), 10)


def test_many_at_once_and_none_is_left(forked: int) -> None:
    engines = [Engine(["registry", "optimizer", "--json"]) for _ in range(4)]
    documents = [(engine.wait(60), engine.outcome().document) for engine in engines]
    assert all(code == 0 and document == documents[0][1] for code, document in documents)
    wait_for(lambda: not Path(f"/proc/{forked}/task/{forked}/children").read_text().split(), 10)


def test_one_who_gives_up_waiting_leaves_it_serving(forked: int) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(configured.BLOCKYARD_FORKSERVER)
        connection.recv(6)
        connection.sendall(b"\0\0\0\5junk!")
    assert run_command(["registry", "optimizer", "--json"]).ok
    engine = Engine(["sample", "--serve"])
    assert parent(engine.process.pid) == forked
    engine.kill()


def test_without_a_server_it_is_a_fresh_process(settings: Any, tmp_path: Path) -> None:
    settings.BLOCKYARD_FORKSERVER = str(tmp_path / "nobody.sock")
    engine = Engine(["sample", "--serve"])
    assert isinstance(engine.process, subprocess.Popen)
    engine.kill()


def test_with_the_server_killed_its_engines_end(settings: Any, tmp_path: Path) -> None:
    server: Any = start(tmp_path / "engine.sock")
    settings.BLOCKYARD_FORKSERVER = server.path
    engine = Engine(["sample", "--serve"])
    assert isinstance(engine.process, Forked)
    server.kill()
    server.wait()
    assert engine.wait(10) == -signal.SIGKILL
    wait_for(lambda: not Path(f"/proc/{engine.process.pid}").exists(), 10)


def test_unused_it_lets_go_of_what_is_loaded(tmp_path: Path, settings: Any) -> None:
    server: Any = start(tmp_path / "engine.sock", "--idle", "0.5")
    try:
        settings.BLOCKYARD_FORKSERVER = server.path

        def resident() -> int:
            return int(Path(f"/proc/{server.pid}/statm").read_text().split()[1])

        small = resident()

        def answers() -> bool:
            engine = Engine(["sample", "--serve"])
            large = resident()
            engine.kill()
            return isinstance(engine.process, Forked) and large > 4 * small

        for _ in range(2):
            # While it begins anew, whoever asks gets a fresh process.
            wait_for(answers, 30)
            wait_for(lambda: resident() < 2 * small, 30)
    finally:
        server.kill()
        server.wait()
