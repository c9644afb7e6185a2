"""`manage.py up`: Redis, the tables, two workers and the web server, watched over until Ctrl-C.

Order and reasons: the lock on the data folder comes first, for with it in hand every run that still counts as running
has lost its worker and is queued again at once. Children die with us. A child that is killed is started again, a few
times; one that keeps dying, or cannot start, ends everything with one line and exit status 1.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

from playground.settings import env
from playground.settings.places import BASE_DIR, data_folder, engine_socket, redis_socket

from . import redis
from .children import Child, ChildFault, die_with_parent, stop_together

HOST = "127.0.0.1"
START_S = 60.0
FORKSERVER = "BLOCKYARD_FORKSERVER"
WORKER_OPTIONS = [
    "--pool",
    "threads",
    "--without-gossip",
    "--without-mingle",
    "--without-heartbeat",
    "--loglevel",
    "INFO",
]


class Fault(Exception):
    """Why nothing was started, or all of it was stopped: one line for a person."""


class Stopped(Exception):
    """Somebody asked us to end."""


class Up:
    """Everything that runs on this machine for one data folder."""

    def __init__(self, open_browser: bool = True, seed: bool = False) -> None:
        self.open_browser = open_browser
        self.seed = seed
        self.data = data_folder()
        self.logs = self.data / "logs"
        self.asked = 0
        self.children: list[Child] = []
        self.web: Child | None = None
        self.workers: list[Child] = []
        self.redis: Child | None = None
        self.engine: Child | None = None
        self.lock: IO[str] | None = None

    # -- start ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)
        os.umask(0o077)
        self._take_folder()
        try:
            port = env.integer("BLOCKYARD_PORT", 8000, least=0, most=65535)
            with self._listen(port) as listening:
                self._start(listening)
                self._watch()
        except Stopped:
            pass
        finally:
            self._stop()

    def _ask(self, number: int, frame: Any) -> None:
        self.asked += 1

    def _check(self) -> None:
        if self.asked:
            raise Stopped

    def _take_folder(self) -> None:
        """Make the data folder and lock it; the lock goes when we end, however we end."""
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            self.lock = (self.data / "up.lock").open("a+")
        except OSError as error:
            reason = error.strerror or error
            raise Fault(
                f"The data folder {self.data} cannot be written: {reason}. Set BLOCKYARD_DATA to another."
            ) from error
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.lock.seek(0)
            other = self.lock.read().strip()
            raise Fault(f"Blockyard is running already on {self.data}{f' ({other})' if other else ''}.") from error
        self.lock.truncate(0)
        self.lock.write(f"process {os.getpid()}")
        self.lock.flush()
        with contextlib.suppress(FileNotFoundError):
            self._note.unlink()

    @property
    def _note(self) -> Path:
        """What scripts read to find us."""
        return self.data / "up.json"

    def _listen(self, port: int) -> socket.socket:
        """The web server's socket: opened here, so that a restarted server finds its waiting connections."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((HOST, port))
            listening.listen(2048)
        except OSError as error:
            listening.close()
            reason = "is taken by another program" if error.errno == 98 else f"cannot be used: {error.strerror}"
            raise Fault(f"Port {port} {reason}. Set BLOCKYARD_PORT to another, or to 0 for any free one.") from error
        return listening

    def _start(self, listening: socket.socket) -> None:
        self.redis = redis.child(self.data, self.logs)
        self._spawn(self.redis)
        self._django()
        self._migrate()
        self._check()
        if self.seed:
            self._seed()
            self._check()
        self._fork_server()
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        python = [sys.executable, "-m"]
        fds = (listening.fileno(), writing)
        arguments = ["playground.up.web", "--fd", str(fds[0])]
        web = Child("web", "The web server", [*python, *arguments, "--ready", str(fds[1])], self.logs / "web.log")
        web.pass_fds = fds
        self.web = web
        self._spawn(web)
        os.close(writing)
        # The next one has nobody to tell.
        web.command, web.pass_fds = [*python, *arguments], fds[:1]
        self._recover()
        for name, slots, title in (("runs", _slots(), "The run worker"), ("io", 2, "The io worker")):
            command = [*python, "celery", "-A", "playground.celery", "worker", "-Q", name, "-n", f"{name}@%h"]
            worker = Child(name, title, [*command, "-c", str(slots), *WORKER_OPTIONS], self.logs / f"{name}.log")
            if name == "runs":
                worker.before_restart = lambda: self._recover("Its worker ended.")
            self.workers.append(worker)
            self._spawn(worker)
        self._await_redis()
        self._await_web(reading)
        self._announce(listening.getsockname()[1])

    def _fork_server(self) -> None:
        """What the engine's processes are forked from: web server and workers find its socket in their environment."""
        if sys.platform != "linux" or FORKSERVER in os.environ:
            return
        from playground.runs.engine import SECRETS

        path = str(engine_socket(self.data))
        command = [sys.executable, "-m", "models_core", "forkserver", path]
        self.engine = Child("engine", "The engine's fork server", command, self.logs / "engine.log", without=SECRETS)
        self._spawn(self.engine)
        os.environ[FORKSERVER] = path

    def _spawn(self, child: Child) -> None:
        child.start()
        self.children.append(child)

    def _django(self) -> None:
        os.environ["BLOCKYARD_DATA"] = str(self.data)
        import django

        django.setup()
        # The terminal is for what a person must read.
        import logging

        log = logging.FileHandler(self.logs / "up.log", delay=True)
        log.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.root.handlers = [log]

    def _migrate(self) -> None:
        """Bring the tables up to date, when they are not."""
        from django.core.management import call_command
        from django.db import connection
        from django.db.migrations.executor import MigrationExecutor

        from playground.ops import backup

        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            print("Updating the database ...", flush=True)
            if executor.loader.applied_migrations:
                backup.copy_before_migrations()
            call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        self._close_database()

    def _seed(self) -> None:
        """Examples for a new installation; made by a process of its own, for it loads the engine."""
        if (self.data / "seeded").exists():
            return
        seeding = subprocess.Popen(
            [sys.executable, "manage.py", "seed"],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid()),  # safe: we have one thread
        )
        while seeding.poll() is None:
            if self.asked:
                os.killpg(seeding.pid, signal.SIGKILL)
                seeding.wait()
            time.sleep(0.05)
        self._check()
        if seeding.returncode:
            print("Not all examples could be made; Blockyard starts without them.", flush=True)

    def _recover(self, reason: str = "Blockyard was started again.") -> None:
        """No run worker lives now: whatever counts as running goes back to the queue."""
        from playground.runs import sweep

        count = sweep.recover_all(reason)
        if count:
            print(f"{count} run{'s go' if count > 1 else ' goes'} on from the last checkpoint.", flush=True)
        self._close_database()

    @staticmethod
    def _close_database() -> None:
        """A connection must not be carried over a fork, nor hold SQLite's files while we wait."""
        from django.db import connections

        connections.close_all()

    def _await_redis(self) -> None:
        assert self.redis is not None
        deadline = time.monotonic() + START_S
        while not redis.answers(redis_socket(self.data)):
            self._check()
            if not self.redis.alive():
                raise Fault(f"Redis {self.redis.how_it_ended()}: {self.redis.last_line()}")
            if time.monotonic() > deadline:
                raise Fault(f"Redis does not answer; see {self.redis.log}.")
            time.sleep(0.02)

    def _await_web(self, reading: int) -> None:
        """Until the web server says that it serves; a child that dies before that has a fault that will not go away."""
        deadline = time.monotonic() + START_S
        try:
            while True:
                self._check()
                for child in self.children:
                    if not child.alive():
                        raise Fault(f"{child.title} {child.how_it_ended()}; see {child.log}: {child.last_line()}")
                if select.select([reading], [], [], 0.05)[0]:
                    if os.read(reading, 1):
                        return
                    assert self.web is not None
                    self.web.process and self.web.process.wait(5)
                elif time.monotonic() > deadline:
                    raise Fault(f"The web server does not answer; see {self.logs / 'web.log'}.")
        finally:
            os.close(reading)

    def _announce(self, port: int) -> None:
        from playground.accounts.services import one_time_link

        url = f"http://{HOST}:{port}"
        link = one_time_link(url)
        self._close_database()
        pids = {child.name: child.pid for child in self.children}
        note = {"url": url, "port": port, "pid": os.getpid(), "link": link, "children": pids}
        draft = self._note.with_suffix(".part")
        draft.write_text(json.dumps(note))
        draft.replace(self._note)
        print(
            f"Blockyard runs at {url} (Ctrl-C stops it). Sign in with this link, which works once:\n{link}", flush=True
        )
        if self.open_browser and sys.stdout.isatty() and _has_display():
            import webbrowser

            webbrowser.open(link)

    # -- while it runs -------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Start again what dies, until we are asked to end."""
        while True:
            self._check()
            now = time.monotonic()
            for child in self.children:
                if child.restart_at is not None:
                    if now >= child.restart_at:
                        if child.before_restart is not None:
                            child.before_restart()
                        child.start()
                        self._note_pids()
                elif not child.alive():
                    child.plan_restart(now)
                    print(f"{child.title} {child.how_it_ended()}; starting it again.", flush=True)
                    if child is self.redis:
                        redis_socket(self.data).unlink(missing_ok=True)
            time.sleep(0.1)

    def _note_pids(self) -> None:
        note = json.loads(self._note.read_text())
        note["children"] = {child.name: child.pid for child in self.children}
        draft = self._note.with_suffix(".part")
        draft.write_text(json.dumps(note))
        draft.replace(self._note)

    # -- end -----------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """Web, workers (their runs go back to the queue), Redis; a second Ctrl-C hurries."""
        asked = self.asked
        if self.children and asked:
            print("\nStopping; a running training will go on at the next start.", flush=True)

        def hurry() -> bool:
            return self.asked > max(1, asked)

        stop_together([self.web] if self.web else [], hurry=hurry)
        stop_together(self.workers, hurry=hurry)
        stop_together([child for child in (self.engine, self.redis) if child is not None], hurry=hurry)
        with contextlib.suppress(OSError):
            self._note.unlink()
        if self.lock is not None:
            with contextlib.suppress(OSError, ValueError):
                self.lock.truncate(0)
            self.lock.close()


def _slots() -> int:
    from playground.runs.worker import slot_count

    return slot_count()


def _has_display() -> bool:
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(arguments: list[str]) -> int:
    """Run until stopped; the exit status."""
    if arguments and set(arguments) - {"--no-browser", "--seed"}:
        print("usage: manage.py up [--no-browser] [--seed]\n" + (__doc__ or ""), file=sys.stderr)
        return 0 if set(arguments) & {"-h", "--help"} else 2
    os.chdir(BASE_DIR)
    from django.core.exceptions import ImproperlyConfigured

    try:
        Up(open_browser="--no-browser" not in arguments, seed="--seed" in arguments).run()
    except (Fault, ChildFault, ImproperlyConfigured, PermissionError) as error:
        print(f"Blockyard cannot run: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        print(
            f"Blockyard cannot run: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else error!r}",
            file=sys.stderr,
        )
        return 1
    return 0
