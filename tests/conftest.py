"""What tests of several parts share: a Redis of our own, and a `world` with real files, database and workers."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import databases, server_mode

ROOT = Path(__file__).resolve().parents[1]
SCRIPTED = ROOT / "tests" / "faults" / "scripted_engine.py"


def wait_for(what: Callable[[], Any], timeout: float = 30.0, pause: float = 0.05) -> Any:
    """The first true answer of `what`; a failure of the test when there is none in time."""
    deadline = time.monotonic() + timeout
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > deadline:
            pytest.fail(f"nothing came of it within {timeout:.0f} s: {what}")
        time.sleep(pause)


@pytest.fixture
def real_rings() -> None:
    """Asks for wake-ups to be published; so does `world`."""


@pytest.fixture(autouse=True)
def _quiet_worker_bell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Redis, nobody is woken: each try would cost a thread two seconds."""
    if "playground" in request.path.parts[len(ROOT.parts) :] and not {"world", "real_rings"} & {*request.fixturenames}:
        monkeypatch.setattr("playground.runs.tasks.ring_soon", lambda queue="runs": None)


class RedisServer:
    """The embedded Redis as tests use it: stopped and started again at will."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        from playground.up.redis import answers, binary

        options = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--appendonly", "yes"]
        self.process = subprocess.Popen([binary(), *options, "--save", ""], stdout=subprocess.DEVNULL)
        wait_for(lambda: answers(self.socket), 10)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.socket.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    # A short path: a unix socket's may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="by-redis-"))
    server = RedisServer(folder)
    server.start()
    yield server
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.Template]:
    """An empty database with all tables, made once; each world gets a copy."""
    kind = databases.Postgres if server_mode.CHOSEN else databases.Sqlite
    template = kind(tmp_path_factory.mktemp("template"))
    yield template
    template.close()


class World:
    """One installation: data folder, database, Redis prefix, and the workers a test starts in it."""

    def __init__(self, data: Path, redis: RedisServer, database: databases.Database) -> None:
        self.data, self.redis = data, redis
        self.prefix = f"test-{secrets.token_hex(6)}"
        self.env = {
            **os.environ,
            "BLOCKYARD_DATA": str(data),
            **database.env,
            "BLOCKYARD_REDIS_URL": redis.url,
            "BLOCKYARD_REDIS_PREFIX": self.prefix,
            "BLOCKYARD_BEAT_SECONDS": "0.3",
            "BLOCKYARD_RUN_SLOTS": "1",
            "BLOCKYARD_PORT": "0",
            "DJANGO_SETTINGS_MODULE": "playground.settings",
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
        }
        self.env.pop("BLOCKYARD_ENGINE", None)
        self.children: list[subprocess.Popen[bytes]] = []

    def scripted(self) -> None:
        """Workers started from now on run the scripted engine."""
        self.env["BLOCKYARD_ENGINE"] = f"{sys.executable} {SCRIPTED}"

    def spawn(self, *command: str, **env: str) -> subprocess.Popen[bytes]:
        log = (self.data / f"log-{len(self.children)}.txt").open("wb")
        with log:
            child = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env={**self.env, **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.children.append(child)
        return child

    def worker(self, queue: str = "runs", slots: int = 1, **env: str) -> subprocess.Popen[bytes]:
        """A real worker node, as `up` starts it."""
        from playground.up.main import WORKER_OPTIONS

        name = f"{queue}{len(self.children)}@test"
        command = ["-m", "celery", "-A", "playground.celery", "worker", "-Q", queue, "-n", name, "-c", str(slots)]
        return self.spawn(*command, *WORKER_OPTIONS, **env)

    def logs(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.data.glob("log-*.txt")))

    def close(self) -> None:
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@pytest.fixture
def world(
    tmp_path: Path,
    redis_server: RedisServer,
    migrated_database: databases.Template,
    settings: Any,
    django_db_blocker: Any,
) -> Iterator[World]:
    """A world, with this process's Django looking at it: its database, its Redis, its data folder."""
    from asgiref.sync import SyncToAsync
    from channels.layers import channel_layers
    from django.db import connections

    from playground.celery import app
    from playground.runs import feed

    data = tmp_path / "world"
    data.mkdir()
    copy = migrated_database.copy(data)
    made = World(data, redis_server, copy)
    settings.BLOCKYARD_DATA = data
    settings.BLOCKYARD_BEAT_SECONDS = 0.3
    settings.BLOCKYARD_RUN_SLOTS = 1
    settings.BLOCKYARD_REDIS_URL, settings.BLOCKYARD_REDIS_PREFIX = redis_server.url, made.prefix
    settings.CHANNEL_LAYERS = {
        "default": {
            **settings.CHANNEL_LAYERS["default"],
            "CONFIG": {"hosts": [redis_server.url], "prefix": f"{made.prefix}.channels"},
        }
    }
    channel_layers.backends.clear()
    broker = redis_server.url.replace("unix://", "redis+socket://", 1)
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": f"{made.prefix}.celery."}
    before = {name: app.conf[name] for name in ("broker_url", "broker_transport_options")}
    _point_celery(app, broker_url=broker, broker_transport_options=options)

    # Changed in place: the connections of other threads (there is a pool for synchronous code) hold this very dict.
    database = connections.settings["default"]
    kept_values, kept = {name: database[name] for name in ("NAME", "CONN_MAX_AGE")}, connections["default"]
    # No connection outlives its use, or a thread of the pool would go on in the world of the test before.
    database |= {"NAME": copy.name, "CONN_MAX_AGE": 0}
    connections["default"] = connections.create_connection("default")
    # What other tests left open in lasting threads looks at their database.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result(10)
    feed._pool.shutdown()
    feed._pool = ThreadPoolExecutor(4)
    with django_db_blocker.unblock():
        try:
            yield made
        finally:
            made.close()
            SyncToAsync.single_thread_executor.submit(connections.close_all).result(10)
            print(made.logs())  # pytest shows it where the test failed
            connections["default"].close()
            database |= kept_values
            connections["default"] = kept
            migrated_database.drop(copy)
            channel_layers.backends.clear()
            _point_celery(app, **before)


def _point_celery(app: Any, **conf: Any) -> None:
    with contextlib.suppress(Exception):
        app.pool.force_close_all()
    app.conf.update(conf)
    app._pool = None
    app.amqp._producer_pool = None
