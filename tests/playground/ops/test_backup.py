"""A backup made while runs write, and brought back elsewhere: by the real commands, on whichever database is chosen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playground.ops import backup
from playground.runs import artifacts, lease, services
from playground.runs.models import Run, State
from tests import databases
from tests.conftest import ROOT, SCRIPTED, World, wait_for
from tests.playground.runs.test_supervisor import Working, points


def manage(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=180)


ASK = """
import django; django.setup()
import json
from playground.accounts.models import User
from playground.runs import artifacts, journal
from playground.runs.models import Run
run = Run.objects.get()
folder = artifacts.checkpoint_folder(run.pid, run.checkpoint)
steps = journal.snapshot(run, points=10**6)["series"]["train/loss"]["steps"]
User.objects.create_user("new")  # the sequences go on after what was restored
print(json.dumps([run.pid, run.state, run.checkpoint["step"], bool(folder), steps, User.objects.count()]))
"""


def test_a_running_training_is_backed_up_and_restored(
    world: World, make_run: Callable[..., Run], settings: Any, tmp_path: Path, migrated_database: databases.Template
) -> None:
    settings.BLOCKYARD_ENGINE = [sys.executable, str(SCRIPTED)]
    run = make_run(recipe={"script": {"steps": 2_000, "delay": 0.1}})
    # Whatever the machine has to do, the lease is not what is tested here.
    working = Working(timing=lease.Timing(beat=10.0))
    wait_for(lambda: Run.objects.get().checkpoint, 60)
    kept = tmp_path / "kept"
    made = manage(world.env, "backup", str(kept))
    assert made.returncode == 0, made.stderr
    # Whoever runs meanwhile does not notice.
    seen = len(points(run))
    wait_for(lambda: len(points(run)) > seen, 60)
    services.cancel(run)
    working.join()
    assert not list((world.data / "tmp").glob("backup-*"))

    new = World(tmp_path / "new", world.redis, migrated_database.copy(_folder(tmp_path / "new")))
    try:
        back = manage(new.env, "restore", str(kept))
        assert back.returncode == 0, back.stderr
        out = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=new.env, capture_output=True, text=True)
        assert out.returncode == 0, out.stderr
        pid, state, step, whole, steps, people = json.loads(out.stdout)
        assert (pid, state, whole, people) == (run.pid, State.RUNNING, True, 2)
        # The curves and the checkpoint are of one moment, or the run could not go on from there.
        assert steps == list(range(1, len(steps) + 1))
        assert 5 <= step <= len(steps)
        again = manage(new.env, "restore", str(kept))
        assert again.returncode == 1
        assert "not empty" in again.stderr
    finally:
        migrated_database.drop(databases.Database(_name(new), new.env))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _name(world: World) -> str:
    return world.env.get("BLOCKYARD_DATABASE_URL", "").rpartition("/")[2]


@pytest.fixture
def made(world: World, make_run: Callable[..., Run], tmp_path: Path) -> Path:
    run = make_run()
    artifacts.prepare(run.pid, 1, {}, {})
    (world.data / "datasets" / "cache").mkdir(parents=True)
    (world.data / "datasets" / "cache" / "prepared").touch()
    target = tmp_path / "made"
    backup.make(target)
    return target


def test_what_is_in_it(made: Path) -> None:
    manifest = backup.check(made)
    assert {Path(path).name for path in manifest["files"]} == {"database.jsonl", "design.json", "recipe.json"}
    assert '"sessions.session"' not in (made / "database.jsonl").read_text()
    assert oct(made.stat().st_mode & 0o777) == "0o700"
    with pytest.raises(backup.BackupError, match="exists"):
        backup.make(made)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda manifest: manifest.update(version=2), "newer"),
        (lambda manifest: manifest["tables"].append(["runs", "9999_later"]), "newer"),
        (lambda manifest: manifest["tables"].pop(), "older"),
        (lambda manifest: manifest.update(format="another"), "no backup"),
        (lambda manifest: manifest["files"].update({"../outside": {}}), "no place of ours"),
        (lambda manifest: manifest["files"]["database.jsonl"].update(size=1), "not what it was"),
    ],
)
def test_a_backup_that_does_not_fit(made: Path, change: Callable[[Any], Any], says: str) -> None:
    manifest = json.loads((made / "manifest.json").read_text())
    change(manifest)
    (made / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(backup.BackupError, match=says):
        backup.check(made)


def test_a_disk_that_fills_leaves_nothing_half(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(backup, "_write_rows", full)
    with pytest.raises(backup.BackupError, match="No space"):
        backup.make(tmp_path / "target")
    assert not list(tmp_path.glob("*target*"))


def test_a_copy_before_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `up`'s own step, on an installation whose tables are behind."""
    env = {**os.environ, "BLOCKYARD_DATA": str(tmp_path), "BLOCKYARD_MODE": "local"}
    assert manage(env, "migrate", "runs", "0004", "--skip-checks").returncode == 0
    code = "from playground.up.main import Up; up = Up(); up.logs.mkdir(); up._django(); up._migrate(); up._migrate()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True, timeout=120)
    (copy,) = (tmp_path / "before-migrations").glob("*.sqlite3")
    shutil.copyfile(copy, tmp_path / "blockyard.sqlite3")
    shown = manage(env, "showmigrations", "runs", "--skip-checks").stdout
    assert "[X] 0004" in shown
    assert "[ ] 0005" in shown
