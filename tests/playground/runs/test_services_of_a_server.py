"""The queue with the machine's own PostgreSQL and Redis, as in server mode. Chosen by BLOCKYARD_TEST_SERVICES=1.

Everything happens in processes of their own, with a database made for the test and a random prefix in Redis.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import textwrap
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests import server_mode
from tests.conftest import ROOT, SCRIPTED, wait_for

pytestmark = pytest.mark.skipif(
    os.environ.get("BLOCKYARD_TEST_SERVICES") != "1",
    reason="needs PostgreSQL at 127.0.0.1:5432 and Redis at 127.0.0.1:6379; BLOCKYARD_TEST_SERVICES=1 chooses it",
)

HOST, REDIS = server_mode.POSTGRES, server_mode.REDIS


class Server:
    """One installation in server mode."""

    def __init__(self, name: str, data: Path) -> None:
        self.env = {
            **os.environ,
            **server_mode.environment(name),
            "BLOCKYARD_DATA": str(data),
            "BLOCKYARD_REDIS_URL": REDIS,
            "BLOCKYARD_REDIS_PREFIX": name,
            "BLOCKYARD_BEAT_SECONDS": "0.3",
            "BLOCKYARD_RUN_SLOTS": "2",
            "BLOCKYARD_ENGINE": f"{sys.executable} {SCRIPTED}",
            "BLOCKYARD_FORKSERVER": "",
            "DJANGO_SETTINGS_MODULE": "playground.settings",
            "PYTHONPATH": str(ROOT),
        }
        self.name = name
        self.children: list[subprocess.Popen[bytes]] = []

    def serve(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        """One process of a server, as containers start it."""
        command = [sys.executable, "manage.py", "serve", *arguments]
        child = subprocess.Popen(command, cwd=ROOT, env={**self.env, **env}, stdout=subprocess.PIPE)
        self.children.append(child)
        return child

    def web(self) -> str:
        """A web process on a free port; its address."""
        child = self.serve("web", "--port", "0")
        assert child.stdout is not None
        return child.stdout.readline().decode().split()[-1]

    def rows(self, query: str) -> list[Any]:
        import psycopg

        with psycopg.connect(f"{HOST}/{self.name}") as connection:
            return connection.execute(query).fetchall()

    def python(self, code: str) -> str:
        """Run code with Django set up; what it printed."""
        text = "import django; django.setup()\n" + textwrap.dedent(code)
        command = [sys.executable, "-c", text]
        result = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def start(self, code: str) -> subprocess.Popen[bytes]:
        text = "import django; django.setup()\n" + textwrap.dedent(code)
        child = subprocess.Popen([sys.executable, "-c", text], cwd=ROOT, env=self.env, stdout=subprocess.PIPE)
        self.children.append(child)
        return child

    def worker(self) -> subprocess.Popen[bytes]:
        command = ["celery", "-A", "playground.celery", "worker", "-Q", "runs", "-P", "threads", "-c", "2"]
        name = ["-n", f"runs{len(self.children)}@server", "--without-gossip", "--without-mingle"]
        child = subprocess.Popen(
            [sys.executable, "-m", *command, *name], cwd=ROOT, env=self.env, stderr=subprocess.DEVNULL
        )
        self.children.append(child)
        return child


MAKE = """
from playground.accounts.models import User
from playground.designs.models import Design, DesignVersion
from playground.runs.models import Run
for n in range({count}):
    user, _ = User.objects.get_or_create(username=f"user {{n % 4}}")
    design, _ = Design.objects.get_or_create(owner=user, name="d")
    version, _ = DesignVersion.objects.get_or_create(design=design, number=1, defaults=dict(document={{}}, hash="0"))
    Run.objects.create(owner=user, name=str(n), design_version=version, builtin="digits", recipe={recipe})
"""

STATES = """
import json
from playground.runs.models import Run
print(json.dumps(list(Run.objects.values_list("state", "fence", "last_seq"))))
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    import psycopg
    import redis

    name = f"by_test_{secrets.token_hex(6)}"
    with psycopg.connect(f"{HOST}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    made = Server(name, tmp_path)
    try:
        migrate = [sys.executable, "manage.py", "migrate", "-v", "0", "--skip-checks"]
        subprocess.run(migrate, cwd=ROOT, env=made.env, check=True, timeout=120)
        yield made
    finally:
        for child in made.children:
            child.kill()
            child.wait()
        with psycopg.connect(f"{HOST}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        store = redis.Redis.from_url(REDIS)
        for key in store.scan_iter(f"{name}*"):
            store.delete(key)


def test_claims_of_many_workers_with_skip_locked(server: Server) -> None:
    """Four processes with four threads each: every run once; and the claim says SKIP LOCKED."""
    server.python(MAKE.format(count=60, recipe="{}"))
    claiming = """
        import json, threading
        from django.db import connection, connections
        from django.test.utils import CaptureQueriesContext
        from playground.runs import journal, lease
        from playground.runs.models import State
        taken = []
        def work():
            while (claim := lease.claim()) is not None:
                taken.append(claim.run_id)
                lease.beat(claim)
                journal.append(claim.run_id, claim.fence, [{"type": "metrics", "step": 1, "values": {"a": 1.0}}])
                lease.finish(claim, State.DONE, [])
            connections.close_all()
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        with CaptureQueriesContext(connection) as queries:
            lease.claim()
        assert any("SKIP LOCKED" in query["sql"] for query in queries), queries.captured_queries
        print(json.dumps(taken))
    """
    children = [server.start(claiming) for _ in range(4)]
    taken = [json.loads(child.communicate(timeout=120)[0]) for child in children]
    everything = [run for part in taken for run in part]
    assert len(everything) == len(set(everything)) == 60
    assert {tuple(row) for row in json.loads(server.python(STATES))} == {("done", 1, 3)}


def test_a_claim_does_not_wait_for_another(server: Server) -> None:
    """While one transaction holds the first row, a second claim takes the next at once."""
    server.python(MAKE.format(count=2, recipe="{}"))
    out = server.python(
        """
        import threading, time
        from django.db import connections, transaction
        from playground.runs import lease
        from playground.runs.models import Run
        held, free = threading.Event(), threading.Event()
        def hold():
            with transaction.atomic():
                list(Run.objects.select_for_update().filter(name="0"))
                held.set()
                free.wait(20)
            connections.close_all()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait(20)
        began = time.monotonic()
        claim = lease.claim()
        print(Run.objects.get(pk=claim.run_id).name, time.monotonic() - began < 5)
        free.set()
        thread.join()
        """
    )
    assert out.split() == ["1", "True"]


def test_two_workers_train_everything_and_one_may_die(server: Server) -> None:
    server.python(MAKE.format(count=6, recipe='{"script": {"steps": 20, "delay": 0.05}}'))
    first = server.worker()
    server.worker()
    wait_for(lambda: "running" in server.python(STATES), 60, pause=0.3)
    first.kill()
    wait_for(lambda: {row[0] for row in json.loads(server.python(STATES))} == {"done"}, 90, pause=0.5)
    rows = json.loads(server.python(STATES))
    assert any(fence > 1 for _, fence, _ in rows)
    # Curves are whole: each of the twenty points once.
    out = server.python(
        """
        from playground.runs import journal
        from playground.runs.models import Run
        curves = [journal.snapshot(run)["series"]["train/loss"]["steps"] for run in Run.objects.all()]
        print([steps == list(range(1, 21)) for steps in curves])
        """
    )
    assert out.strip() == str([True] * 6)


def test_two_web_processes_and_three_workers(server: Server) -> None:
    """Sockets on either web process get every event of every run, once and in order; no run is trained by two."""
    server.python(MAKE.format(count=9, recipe='{"script": {"steps": 20, "delay": 0.02}}'))
    token = server.python(
        """
        from playground.accounts.models import User
        from playground.accounts.services import create_token
        from playground.runs.models import Run
        Run.objects.update(owner=User.objects.get(username="user 0"))
        print(create_token(User.objects.get(username="user 0"), "test")[1])
        """
    ).strip()
    addresses = [server.web(), server.web()]
    pids = [pid for (pid,) in server.rows("SELECT pid FROM runs_run ORDER BY id")]

    async def listen(address: str, pid: str, opened: asyncio.Semaphore) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        headers = {"Authorization": f"Bearer {token}"}
        url = f"ws://{address}/ws/runs/{pid}/?after=0"
        async with websockets.connect(url, additional_headers=headers, open_timeout=60) as socket:
            opened.release()
            while not events or events[-1]["type"] != "end":
                batch = json.loads(await asyncio.wait_for(socket.recv(), 60))
                events += batch["events"]
        assert batch["seq"] == len(events)  # none is missing, none came twice
        return events

    async def follow() -> dict[tuple[str, str], list[dict[str, Any]]]:
        opened = asyncio.Semaphore(0)
        names = [(address, pid) for address in addresses for pid in pids]
        tasks = [asyncio.create_task(listen(address, pid, opened)) for address, pid in names]
        for _ in names:
            await asyncio.wait_for(opened.acquire(), 60)
        for _ in range(3):
            server.serve("runs", "--slots", "1")
        workers: set[str] = set()
        while not all(task.done() for task in tasks):
            workers |= {name for (name,) in server.rows("SELECT DISTINCT worker FROM runs_run WHERE worker <> ''")}
            await asyncio.sleep(0.1)
        assert len(workers) > 1
        return dict(zip(names, [task.result() for task in tasks], strict=True))

    heard = asyncio.run(follow())
    for pid in pids:
        one, two = (heard[address, pid] for address in addresses)
        assert one == two
        assert [event["state"] for event in one if event["type"] == "state"] == ["running"]
        steps = [event["step"] for event in one if event["type"] == "metrics" and "train/loss" in event["values"]]
        assert steps == list(range(1, 21))
    assert {tuple(row) for row in server.rows("SELECT state, fence FROM runs_run")} == {("done", 1)}
    figures = urllib.request.urlopen(f"http://{addresses[0]}/metrics", timeout=30).read().decode()
    assert 'blockyard_workers{queue="runs"} 3.0' in figures
    assert 'blockyard_runs{state="done"} 9.0' in figures


RABBIT = os.environ.get("BLOCKYARD_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672//")


def test_rabbitmq_wakes_workers(server: Server) -> None:
    """With RabbitMQ as broker a ring reaches the worker: the sweep, which would too, comes but once a minute here."""
    import kombu

    try:
        broker = kombu.Connection(RABBIT, connect_timeout=2)
        broker.connect()
    except OSError:
        pytest.skip("needs RabbitMQ at 127.0.0.1:5672")
    server.env |= {"BLOCKYARD_BROKER_URL": RABBIT, "BLOCKYARD_BEAT_SECONDS": "60"}
    try:
        server.serve("runs", "--slots", "1")
        alive = "from playground.ops import workers; print(len(workers.alive()))"
        wait_for(lambda: server.python(alive).strip() == "1", 60, pause=0.5)
        server.python(MAKE.format(count=1, recipe='{"script": {"steps": 5}}'))
        assert server.rows("SELECT state FROM runs_run") == [("queued",)]
        assert server.python("from playground.runs import tasks; print(tasks.ring())").strip() == "True"
        wait_for(lambda: server.rows("SELECT state FROM runs_run") == [("done",)], 50, pause=0.3)
    finally:
        for child in server.children:
            child.kill()
            child.wait()
        broker.channel().queue_delete("runs")
        broker.release()
