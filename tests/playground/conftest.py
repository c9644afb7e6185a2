"""What the site's tests share: a data folder of their own, two users, and clients that are signed in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from models_core.design import Builder
from playground.accounts.models import User
from playground.accounts.services import create_token
from playground.designs import zoo
from playground.web import brief
from playground.web.templatetags import islands
from tests.conftest import ROOT, wait_for


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> Path:
    # A name of its own: pytest gives folders' names again, and an engine of the test before may still write into its.
    settings.BLOCKYARD_DATA = Path(tempfile.mkdtemp(prefix="data-", dir=tmp_path))
    # The real hasher takes a quarter of a second on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return settings.BLOCKYARD_DATA


@pytest.fixture(autouse=True)
def nothing_remembered(settings: Any) -> None:
    """Each request asks for all it needs: rows are rolled back after a test, and the next one's may have their keys."""
    settings.BLOCKYARD_BRIEF_SECONDS = 0.0
    brief.cache.clear()


@pytest.fixture(scope="session")
def fork_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where engine processes are forked from, as on a real site; empty where there is no fork server."""
    if not hasattr(os, "pidfd_open"):
        yield ""
        return
    folder = Path(tempfile.mkdtemp(prefix="by-fork-"))  # short: a unix socket's path may have 107 bytes
    path = folder / "engine.sock"
    process = subprocess.Popen([sys.executable, "-m", "models_core", "forkserver", str(path)], cwd=ROOT)
    wait_for(path.exists)
    yield str(path)
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def engines_are_forked(fork_server: str, settings: Any) -> None:
    """Loading PyTorch anew for each command would take most of the time of these tests."""
    settings.BLOCKYARD_FORKSERVER = fork_server


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("ada", password="a long enough password")


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("bob", password="another long password")


@pytest.fixture
def client(user: User) -> Client:
    """A browser in which ada is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def stranger(other: User) -> Client:
    """A browser in which bob is signed in."""
    client = Client()
    client.force_login(other)
    return client


@pytest.fixture
def token(user: User) -> str:
    return create_token(user, "test")[1]


ISLANDS = ("base", "home", "editor", "run", "datasets", "demo", "papers", "compare", "trash", "link")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the browser code had been built."""
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({f"src/{name}/main.tsx": {"file": f"{name}.js"} for name in ISLANDS}))
    monkeypatch.setattr(islands, "manifest_path", lambda: path)
    monkeypatch.setattr(zoo, "_start", lambda: None)


def small_design(name: str = "small", width: int = 4) -> dict[str, Any]:
    """A document of two layers for pictures of 8 x 8 pixels."""
    b = Builder(name, task="image_classification")
    b.facts(image={"channels": 1}, label={"classes": 10})
    x = b.input("image", "image", C="=facts.image.channels", H=8, W=8)
    x = b.add("flat", "flatten", x)
    x = b.add("hidden", "linear", x, out_features=width)
    x = b.add("act", "relu", x)
    x = b.add("head", "linear", x, out_features="=facts.label.classes")
    b.output("logits", x)
    return b.build().to_json()


@pytest.fixture
def document() -> dict[str, Any]:
    return small_design()
