"""Runs that were really trained, once for all tests: pictures, a table, a text to go on with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from playground.accounts.models import User
from playground.datasets.models import Dataset
from playground.designs import services as designs
from playground.runs import artifacts
from playground.runs.engine import run_command
from playground.runs.models import Run

TEXT = "the quick brown fox jumps over the lazy dog. " * 60
ROWS = "width,colour,kind\n" + "".join(
    f"{n % 10},{('red', 'blue')[n % 3 == 0]},{('small', 'large')[n % 10 > 4]}\n" for n in range(300)
)
RECIPE = {"epochs": 1, "batch_size": 64, "optimizer": {"id": "adamw", "lr": 0.01}, "threads": 1}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Folders of trained runs by name."""
    root = tmp_path_factory.mktemp("trained")
    (root / "text.txt").write_text(TEXT)
    (root / "rows.csv").write_text(ROWS)
    (root / "recipe.json").write_text(json.dumps(RECIPE))
    made: dict[str, Path] = {}
    what = {
        "digits": ("lenet5", "digits", 6),
        "rows": ("mlp_table", str(root / "rows.csv"), 3),
        "text": ("byte_transformer:depth=1,width=32,heads=2", str(root / "text.txt"), 1),
    }

    def folder(name: str) -> Path:
        if name not in made:
            design, data, epochs = what[name]
            out = root / name
            options = [
                "--recipe",
                str(root / "recipe.json"),
                "--set",
                f"epochs={epochs}",
                "--cache",
                str(root / "cache"),
            ]
            command = ["train", design, "--data", data, "--out", str(out), *options, "--json"]
            outcome = run_command(command, env={"OMP_NUM_THREADS": "1"})
            assert outcome.ok, outcome.tail
            made[name] = out
        return made[name]

    return folder


@pytest.fixture
def finished(trained: Any, user: User) -> Any:
    """Makes a finished run, with its files, of what was trained."""

    def make(name: str, owner: User = user) -> Run:
        folder = trained(name)
        document = json.loads((folder / "design.json").read_text())
        version = designs.create(owner, document).versions.get()
        dataset = None
        if name != "digits":
            dataset = Dataset.objects.create(owner=owner, name=name, filename="x.txt", state="ready")
        result = {"metrics": {"accuracy": 0.9, "confusion": [[1]]}}
        run = Run.objects.create(
            owner=owner,
            name=f"{name} run",
            design_version=version,
            dataset=dataset,
            builtin="digits" if dataset is None else "",
            dataset_name=name,
            state="done",
            fence=1,
            result=result,
        )
        shutil.copytree(folder, artifacts.attempt_folder(run.pid, 1))
        artifacts.register(run.pk, run.pid, 1)
        return run

    return make
