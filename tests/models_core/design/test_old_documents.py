"""What people saved opens for ever, and means what it meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models_core.analysis import analyze
from models_core.design import migrations, read

SAVED = Path(__file__).resolve().parents[2] / "documents"
DOCUMENTS = sorted(path for path in SAVED.glob("v*/*.json") if path.name != "params.json")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_opens_without_a_fault_and_costs_the_same(path: Path) -> None:
    report = analyze(read(json.loads(path.read_text())))
    assert not [issue for issue in report.errors if issue.severity != "warning"]
    known = json.loads(path.with_name("params.json").read_text())
    assert report.to_json()["total"]["params"] == known[path.stem]


def test_each_version_has_its_folder() -> None:
    assert {path.parent.name for path in DOCUMENTS} == {f"v{number}" for number in range(1, migrations.CURRENT + 1)}
