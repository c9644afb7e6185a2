"""docker/: what its files promise, and its commands started here as they stand, against PostgreSQL and Redis."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import databases, server_mode
from tests.conftest import ROOT, wait_for

DOCKER = ROOT / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
GIVEN = {
    "BLOCKYARD_HOST": "localhost",
    "BLOCKYARD_TLS": "internal",
    "BLOCKYARD_SECRET_KEY": secrets.token_urlsafe(50),
    "POSTGRES_PASSWORD": "secret",
}


def filled(text: str) -> str:
    """Compose's substitution of ${NAME}, ${NAME:-default} and ${NAME:?message}."""

    def value(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        assert kind != "?" or name in GIVEN, rest
        return GIVEN.get(name, rest if kind == "-" else "")

    return re.sub(r"\$\{(\w+)(?::([-?])([^}]*))?\}", value, text)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["user"] not in ("root", "0", "0:0")
    assert service["restart"] == "no" or "healthcheck" in service
    image = service["image"]
    assert image.startswith("blockyard") or re.search(r":\d+\.\d+(\.\d+)?-\w+$", image), "an image is not pinned"


def test_the_world_reaches_the_proxy_alone() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("db", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_images_are_pinned_and_nobody_is_root() -> None:
    text = (DOCKER / "Dockerfile").read_text()
    assert all(re.search(r":\d+\.\d+\.\d+-[\w-]+ AS", line) for line in text.splitlines() if line.startswith("FROM"))
    for stage in re.split(r"^FROM ", text, flags=re.MULTILINE)[1:]:
        if " AS site" in stage or " AS proxy" in stage:
            assert re.search(r"^USER 1000[12]", stage, re.MULTILINE)
    # What it copies exists, and .dockerignore lets it through.
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for path in shlex.split(source):
            assert (ROOT / path).exists(), path
            assert any(path.startswith(line[1:]) for line in allowed if line.startswith("!")), path


def test_the_example_names_all_that_must_be_set() -> None:
    example = (DOCKER / ".env.example").read_text()
    named = set(re.findall(r"^#?(\w+)=", example, re.MULTILINE))
    files = "".join((DOCKER / name).read_text() for name in ("compose.yml", "compose.gpu.yml"))
    used = set(re.findall(r"\$\{(\w+)", files))
    assert used - {"BLOCKYARD_TAG"} == named


class Installation:
    """The services of compose.yml as plain processes, with the addresses of this machine."""

    def __init__(self, database: str, data: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        here = server_mode.environment(database)
        self.changed = {
            "BLOCKYARD_DATA": str(data),
            "BLOCKYARD_DATABASE_URL": here["BLOCKYARD_DATABASE_URL"],
            "BLOCKYARD_REDIS_URL": server_mode.REDIS,
            "BLOCKYARD_REDIS_PREFIX": database,
            "BLOCKYARD_PORT": str(port),
            "BLOCKYARD_FORKSERVER": "",
        }
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def env(self, service: str) -> dict[str, str]:
        plain = {key: value for key, value in os.environ.items() if not key.startswith("BLOCKYARD")}
        given = {name: filled(str(value)) for name, value in SERVICES[service]["environment"].items()}
        assert set(self.changed) - {"BLOCKYARD_REDIS_PREFIX", "BLOCKYARD_PORT", "BLOCKYARD_FORKSERVER"} <= set(given)
        return {**plain, **given, **self.changed}

    def start(self, service: str) -> subprocess.Popen[bytes]:
        command = ["127.0.0.1" if part == "0.0.0.0" else part for part in SERVICES[service]["command"]]
        command = [sys.executable, "manage.py", *command]
        child = subprocess.Popen(command, cwd=ROOT, env=self.env(service), start_new_session=True)
        self.children[service] = child
        return child

    def healthy(self, service: str) -> bool:
        kind, *command = SERVICES[service]["healthcheck"]["test"]
        assert (kind, command[0]) == ("CMD", "python")
        assert self.children[service].poll() is None
        done = subprocess.run([sys.executable, *command[1:]], cwd=ROOT, env=self.env(service), capture_output=True)
        return done.returncode == 0

    def close(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    if os.environ.get("BLOCKYARD_TEST_SERVICES") != "1":
        pytest.skip("needs PostgreSQL and Redis of this machine; BLOCKYARD_TEST_SERVICES=1 chooses them")
    name = f"by_compose_{secrets.token_hex(5)}"
    databases.execute(f'CREATE DATABASE "{name}"')
    made = Installation(name, tmp_path)
    yield made
    made.close()
    databases.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_the_commands_of_compose_serve(installation: Installation) -> None:
    """The tables, then web and both workers until their own health checks say so; each ends on SIGTERM."""
    assert installation.start("migrate").wait(180) == 0
    services = ["web", "runs", "io"]
    for name in services:
        installation.start(name)
    for name in services:
        wait_for(lambda name=name: installation.healthy(name), 120, pause=0.5)
    for name in services:
        installation.children[name].terminate()
    for name in services:
        # uvicorn hands the signal on once it has answered everybody.
        assert installation.children[name].wait(60) in (0, -signal.SIGTERM)
