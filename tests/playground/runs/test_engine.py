"""The process helper, with small programs in the engine's place."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from playground.runs import engine
from playground.runs.engine import Engine, Outcome, explain, run_command
from tests.conftest import wait_for


@pytest.fixture
def program(settings: Any, tmp_path: Path) -> Any:
    """Puts a program in the engine's place."""

    def put(source: str) -> None:
        path = tmp_path / "engine.py"
        path.write_text(source)
        settings.BLOCKYARD_ENGINE = [sys.executable, str(path)]

    return put


def test_events_and_document(program: Any) -> None:
    program(
        "import json, sys\n"
        "print('a library says hello')\n"
        "print(json.dumps({'type': 'log', 'message': ' '.join(sys.argv[1:])}))\n"
        "print('[1, 2')\n"
        "print(json.dumps({'total': 5, 'parts': [{'of': 2}, {'of': 3}]}, indent=1))\n"
    )
    events: list[Any] = []
    outcome = run_command(["estimate", "--json"], events.append)
    assert outcome.ok
    assert [event["message"] for event in events] == ["estimate --json"]
    assert outcome.document == {"total": 5, "parts": [{"of": 2}, {"of": 3}]}


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("import sys; print('no such design: x', file=sys.stderr); sys.exit(2)", 2, "no such design: x"),
        ("import sys; sys.exit(1)", 1, "exit code 1"),
        ("raise KeyError('boom')", 1, "KeyError: 'boom'"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9, "SIGKILL"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -11, "SIGSEGV"),
        ('print(\'{"type": "error", "message": "m", "remedy": "r"}\'); raise SystemExit(1)', 1, "m"),
    ],
)
def test_the_exit_is_put_in_words(program: Any, source: str, code: int, message: str) -> None:
    program(source)
    outcome = run_command(["x"])
    assert outcome.code == code
    assert message in outcome.error["message"]


def test_memory_is_limited_to_a_clean_error(program: Any, settings: Any) -> None:
    settings.BLOCKYARD_MAX_MEMORY = 300 * 2**20
    program("import time; time.sleep(0.2); x = bytearray(10**9); print(len(x))")
    outcome = run_command(["x"])
    assert outcome.code == 1
    assert outcome.error["message"] == "The run needed more memory than the limit of 0.3 GiB."
    assert "smaller" in outcome.error["remedy"]


@pytest.mark.skipif(sys.platform != "linux", reason="oom_score_adj and priorities are read from /proc")
def test_it_is_the_first_to_go_and_the_last_to_run(program: Any) -> None:
    program("import sys; sys.stdin.read()")
    process = Engine(["x"])
    try:
        assert Path(f"/proc/{process.process.pid}/oom_score_adj").read_text().strip() == str(engine.OOM_SCORE)
        assert os.getpriority(os.PRIO_PROCESS, process.process.pid) >= engine.NICENESS
        assert os.getsid(process.process.pid) == process.process.pid
    finally:
        process.kill()


def test_it_does_not_know_our_secrets(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_SECRET_KEY", "s3cret")
    program("import json, os; print(json.dumps(dict(os.environ)))")
    known = run_command(["x"]).document
    assert "BLOCKYARD_SECRET_KEY" not in known
    assert int(known["BLOCKYARD_MAX_MEMORY"]) > 0


def test_the_end_of_stdin_is_the_end(program: Any) -> None:
    program("import sys; sys.stdin.read(); sys.exit(3)")
    process = Engine(["x"])
    assert process.wait(0.3) is None
    process.cut()
    assert process.wait(10) == 3
    process.kill()


def test_commands_arrive(program: Any) -> None:
    program("import sys; print(sys.stdin.readline().strip(), flush=True)\nsys.stdin.read()")
    process = Engine(["x"])
    assert process.send({"type": "echo", "cmd": "stop"})
    assert process.events.get(timeout=10) == {"type": "echo", "cmd": "stop"}
    process.kill()
    assert process.send({"cmd": "stop"}) is False


def test_a_flood_is_held_back_not_hoarded(program: Any) -> None:
    program('line = \'{"type": "log", "message": "\' + \'x\' * 500 + \'"}\'\nwhile True: print(line)')
    process = Engine(["x"])
    wait_for(process.events.full, 60)
    assert process.process.poll() is None
    process.kill()
    assert process.process.returncode == -signal.SIGKILL


def test_grandchildren_do_not_hold_us(program: Any) -> None:
    program("import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])")
    began = time.monotonic()
    assert run_command(["x"]).ok
    assert time.monotonic() - began < 20


def test_a_time_limit(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "GRACE_S", 0.3)
    program("import time\nwhile True: time.sleep(1)")
    outcome = run_command(["x"], timeout=0.5)
    assert outcome.timed_out
    assert outcome.code == -signal.SIGKILL
    assert "longer than" in outcome.error["message"]


def test_a_fault_in_the_callback_ends_the_engine(program: Any, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    program(
        f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid()))\n"
        'print(\'{"type": "x"}\', flush=True)\ntime.sleep(60)'
    )

    def fail(event: Any) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        run_command(["x"], fail)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_words_for_torchs_out_of_memory() -> None:
    outcome = Outcome(
        1, 1.0, ["RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory: you tried ..."]
    )
    assert "more memory than the limit" in explain(outcome)["message"]
