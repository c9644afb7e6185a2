"""What `manage.py check` says, in processes of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from playground.ops import checks
from playground.settings import env
from tests.conftest import ROOT
from tests.playground.settings.test_settings import SERVER


def check(tmp_path: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("BLOCKYARD")}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env={**plain, "BLOCKYARD_DATA": str(tmp_path / "data"), **extra},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_server_is_clean_to_deploy(tmp_path: Path) -> None:
    result = check(tmp_path, "--deploy", "--fail-level", "WARNING", **SERVER)
    if not (ROOT / "static/dist/.built").exists():
        pytest.skip("the browser code is not built here")
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


def test_a_local_installation_is_not_for_a_group(tmp_path: Path) -> None:
    assert "Set BLOCKYARD_MODE=server" in check(tmp_path, "--deploy").stderr


def test_a_misspelt_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKYARD_REDIS_ULR", "redis://x")
    monkeypatch.setenv("BLOCKYARD_SECRET_KEY_FILE", "/run/secrets/key")
    (found,) = [item for item in checks.unknown_settings() if "ULR" in item.msg or "SECRET" in item.msg]
    assert found.hint == "Did you mean BLOCKYARD_REDIS_URL?"


def test_a_data_folder_that_cannot_be_made(settings: object, tmp_path: Path) -> None:
    assert checks.data_folder() == []
    (tmp_path / "file").touch()
    settings.BLOCKYARD_DATA = tmp_path / "file" / "data"
    (found,) = checks.data_folder()
    assert found.id == "blockyard.E001"
    assert "BLOCKYARD_DATA" in found.hint


def test_every_setting_that_anything_reads_is_known() -> None:
    """A name in our code that the check would call misspelt."""
    places = [*(ROOT / "playground").rglob("*.py"), *(ROOT / "models_core").rglob("*.py"), *ROOT.glob("scripts/*.py")]
    read = {
        name
        for path in places
        for name in re.findall(r'(?:env\.\w+|environ\.get)\(\s*"(BLOCKYARD_\w+)"', path.read_text())
    }
    assert len(read) > 20
    assert {name for name in read if not name.startswith(checks.FAMILIES)} <= env.asked | checks.LATER
