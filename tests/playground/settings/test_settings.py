from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models_core.environment import machine_memory
from playground.settings import env, places
from playground.up import redis
from playground.up.main import HOST
from tests.conftest import ROOT

NAME = "BLOCKYARD_TEST_VALUE"


@pytest.mark.parametrize(
    ("text", "value"), [("6G", 6 * 2**30), ("512m", 512 * 2**20), ("1.5 GiB", 3 * 2**29), ("80000000", 80_000_000)]
)
def test_memory(monkeypatch: pytest.MonkeyPatch, text: str, value: int) -> None:
    monkeypatch.setenv(NAME, text)
    assert env.memory(NAME, "80%") == value


def test_memory_as_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.memory(NAME, "50%") == machine_memory() // 2


@pytest.mark.parametrize("text", ["lots", "-1G", "5X", "1K", "0%"])
def test_memory_that_makes_no_sense(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(NAME, text)
    with pytest.raises(env.EnvError, match=NAME):
        env.memory(NAME, "80%")


def test_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.integer(NAME, 7, least=0) == 7
    monkeypatch.setenv(NAME, "9")
    assert env.integer(NAME, 7, least=0, most=9) == 9
    with pytest.raises(env.EnvError, match="from 0 to 8"):
        env.integer(NAME, 7, least=0, most=8)
    monkeypatch.setenv(NAME, "nan")
    with pytest.raises(env.EnvError):
        env.number(NAME, 1.0, least=0.5)
    with pytest.raises(env.EnvError, match="not a whole number"):
        env.integer(NAME, 7)


def test_words_choices_and_switches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " a, b c ")
    assert env.words(NAME) == ["a", "b", "c"]
    with pytest.raises(env.EnvError, match="one of x, y"):
        env.choice(NAME, ("x", "y"), "x")
    with pytest.raises(env.EnvError, match="neither yes nor no"):
        env.boolean(NAME)
    monkeypatch.setenv(NAME, "On")
    assert env.boolean(NAME) is True
    monkeypatch.setenv(NAME, "")
    assert env.boolean(NAME, default=False) is False
    assert env.optional(NAME) is None


def test_database_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "postgres://by:p%40ss@db.example:6432/yard")
    found = env.database(NAME)
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "by",
        "p@ss",
        "db.example",
        "6432",
        "yard",
    )
    for wrong in ("mysql://a/b", "postgres://a", "postgres://a:x/b"):
        monkeypatch.setenv(NAME, wrong)
        with pytest.raises(env.EnvError, match=NAME):
            env.database(NAME)


def test_weak_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for weak, why in (("short", "too weak"), ("a" * 50, "too weak"), ("django-insecure-" + "abcdefgh" * 8, "example")):
        monkeypatch.setenv(NAME, weak)
        with pytest.raises(env.EnvError, match=why):
            env.secret(NAME)


def test_a_secret_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("from a file\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(path))
    assert env.text(NAME) == "from a file"
    monkeypatch.setenv(NAME, "given")
    assert env.text(NAME) == "given"
    monkeypatch.delenv(NAME)
    path.unlink()
    with pytest.raises(env.EnvError, match="cannot be read"):
        env.text(NAME)


def test_addresses_of_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "redis://:pass@store:6379/0")
    assert env.url(NAME, ("redis", "amqp")) == "redis://:pass@store:6379/0"
    for wrong in ("store:6379", "http://store", "redis://", "redis://store:x"):
        monkeypatch.setenv(NAME, wrong)
        with pytest.raises(env.EnvError, match=NAME):
            env.url(NAME, ("redis", "amqp"))


def test_a_long_temp_folder_gives_way_to_a_short_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    path = places.redis_socket(tmp_path)
    assert len(os.fsencode(path)) <= 107
    assert not path.is_relative_to(long)


def test_a_private_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    folder.mkdir(mode=0o755)
    places.make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(PermissionError):
        places.make_private(link)


def test_redis_listens_on_a_private_socket_and_no_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    command = redis.child(tmp_path, tmp_path).command
    given = dict(zip(command[1::2], command[2::2], strict=True))
    assert (given["--port"], given["--unixsocketperm"]) == ("0", "700")
    assert Path(given["--unixsocket"]).parent.stat().st_mode & 0o777 == 0o700
    assert HOST == "127.0.0.1"


def settings(code: str, tmp_path: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("BLOCKYARD")}
    return subprocess.run(
        [sys.executable, "-c", f"from playground import settings as s\n{code}"],
        cwd=ROOT,
        env={**plain, "BLOCKYARD_DATA": str(tmp_path / "data"), **extra},
        capture_output=True,
        text=True,
        timeout=60,
    )


SERVER = {
    "BLOCKYARD_MODE": "server",
    "BLOCKYARD_SECRET_KEY": "k3y-of-at-least-fifty-characters-for-a-test-of-the-settings!",
    "BLOCKYARD_HOSTS": "play.example.org",
    "BLOCKYARD_REDIS_URL": "redis://redis:6379/0",
    "BLOCKYARD_DATABASE_URL": "postgres://by@db/yard",
}


@pytest.mark.parametrize("missing", sorted(set(SERVER) - {"BLOCKYARD_MODE"}))
def test_a_server_does_not_start_without(tmp_path: Path, missing: str) -> None:
    given = {key: value for key, value in SERVER.items() if key != missing}
    result = settings("", tmp_path, **given)
    assert result.returncode != 0
    assert missing in result.stderr.splitlines()[-1]


def test_a_server(tmp_path: Path) -> None:
    code = (
        "print(s.DATABASES['default']['ENGINE'], s.SESSION_COOKIE_SECURE, s.CSRF_TRUSTED_ORIGINS, s.CELERY_BROKER_URL)"
    )
    result = settings(code, tmp_path, **SERVER)
    assert result.stdout.split() == [
        "django.db.backends.postgresql",
        "True",
        "['https://play.example.org']",
        "redis://redis:6379/0",
    ]


ANSWERS = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "playground.settings"
import django
django.setup()
from django.test import Client
for secure in (False, True):
    answer = Client().get("/admin/login/", secure=secure, headers={"host": "play.example.org"})
    cookies = {name: {"secure": one["secure"], "samesite": one["samesite"]} for name, one in answer.cookies.items()}
    print(json.dumps({"status": answer.status_code, "cookies": cookies, **answer.headers}))
print(json.dumps([s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE]))
"""


def test_a_server_answers_by_tls_only(tmp_path: Path) -> None:
    result = settings(ANSWERS, tmp_path, **SERVER, BLOCKYARD_LOG_REQUESTS="0")
    assert result.returncode == 0, result.stderr
    plain, tls, session = map(json.loads, result.stdout.splitlines())
    assert (plain["status"], plain["Location"]) == (301, "https://play.example.org/admin/login/")
    assert tls["status"] == 200
    assert int(tls["Strict-Transport-Security"].removeprefix("max-age=")) >= 30 * 24 * 3600
    assert tls["cookies"] == {"csrftoken": {"secure": True, "samesite": "Lax"}}
    assert session == [True, True, "Lax"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BLOCKYARD_HOSTS", "*", "DNS rebinding"),
        ("BLOCKYARD_HOSTS", "a.org, *.b.org", "DNS rebinding"),
        ("BLOCKYARD_HOSTS", "https://play.example.org", "not a host name"),
        ("BLOCKYARD_DEBUG", "1", "runs without"),
        ("BLOCKYARD_SECRET_KEY", "change-me" * 8, "example"),
        ("BLOCKYARD_REDIS_URL", "localhost", "redis://"),
        ("BLOCKYARD_BROKER_URL", "kafka://x", "amqp://"),
        ("BLOCKYARD_METRICS_TOKEN", "short", "too short"),
        ("BLOCKYARD_LOG_FORMAT", "xml", "line, json"),
    ],
)
def test_a_server_refuses(tmp_path: Path, name: str, value: str, says: str) -> None:
    result = settings("", tmp_path, **{**SERVER, name: value})
    assert result.returncode != 0
    last = result.stderr.splitlines()[-1]
    assert name in last
    assert says in last


def test_the_local_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    first = settings("print(s.SECRET_KEY)", tmp_path).stdout
    assert len(first.strip()) > 40
    assert settings("print(s.SECRET_KEY)", tmp_path).stdout == first
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert settings("print(s.SECRET_KEY)", tmp_path, BLOCKYARD_DATA=str(tmp_path / "other")).stdout != first


def test_the_rules_of_the_queue_hold(tmp_path: Path) -> None:
    """What was tried out: early acknowledgement, no redelivery, no retry that blocks a request, JSON only."""
    from django.conf import settings as now

    assert now.CELERY_TASK_ACKS_LATE is False
    assert now.CELERY_TASK_REJECT_ON_WORKER_LOST is False
    assert now.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    assert now.CELERY_TASK_PUBLISH_RETRY is False
    assert now.CELERY_BROKER_CONNECTION_MAX_RETRIES is None
    assert now.CELERY_ACCEPT_CONTENT == ["json"]
    result = settings("print(s.DATABASES['default']['OPTIONS'])", tmp_path).stdout
    assert "'transaction_mode': 'IMMEDIATE'" in result
    assert "journal_mode=WAL" in result
