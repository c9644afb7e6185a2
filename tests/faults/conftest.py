from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.playground.runs.conftest import make_run  # noqa: F401 - a fixture

# Ten steps to a metric row and to a checkpoint: then rows do not depend on how fast the machine is today.
RECIPE = {
    "format": "blockyard.recipe",
    "version": 1,
    "optimizer": {"id": "adamw", "lr": 0.001},
    "schedule": {"id": "cosine"},
    # Long enough that a fault meant for the middle does not come after the end on a quick machine.
    "epochs": 20,
    "batch_size": 32,
    "checkpoint_steps": 10,
    "threads": 1,
    "seed": 0,
}


@dataclass(frozen=True)
class Reference:
    """A run that nothing disturbed: its design, its weights, its curves."""

    document: dict[str, Any]
    folder: Path

    def weights(self, name: str) -> dict[str, Any]:
        from safetensors.numpy import load_file

        return load_file(self.folder / name)

    def series(self, name: str) -> list[tuple[int, float]]:
        rows = [json.loads(line) for line in (self.folder / "metrics.jsonl").read_text().splitlines()]
        return [(row["step"], row["values"][name]) for row in rows if name in row["values"]]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    from models_core import registry

    folder = tmp_path_factory.mktemp("reference")
    document = registry.get("design", "lenet5").obj().to_json()
    (folder / "design.json").write_text(json.dumps(document))
    (folder / "recipe.json").write_text(json.dumps(RECIPE))
    command = [sys.executable, "-m", "models_core", "train", str(folder / "design.json"), "--data", "digits"]
    command += ["--recipe", str(folder / "recipe.json"), "--out", str(folder / "out"), "--cache", str(folder / "cache")]
    subprocess.run([*command, "--no-onnx"], cwd=ROOT, check=True, timeout=120, stdout=subprocess.DEVNULL)
    return Reference(document, folder / "out")


@pytest.fixture
def digits_run(make_run: Callable[..., Any], reference: Reference) -> Callable[..., Any]:  # noqa: F811 - the fixture
    """Queues the reference's training."""

    def make(**recipe: Any) -> Any:
        run = make_run(recipe={**RECIPE, **recipe})
        version = run.design_version
        version.document = reference.document
        version.save()
        return run

    return make
