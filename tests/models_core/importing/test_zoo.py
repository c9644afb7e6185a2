"""Every published design: exported here, read back from its operators alone, with equal outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from models_core.compile import bind, identify
from models_core.export.onnx import export
from models_core.importing import import_onnx
from models_core.registry import Entry
from tests.models_core.export.test_onnx import LARGE, built
from tests.models_core.zoo.small import FACTS, ZOO, design_of, variables_of

from .compare import TOLERANCE, distance, imported

ROOMY = {"vgg16_bn": {"image_size": 224}}
"""Smaller images would be repeated up to what its pooling gives, which ONNX has no operator for."""


def exported(entry: Entry, folder: Path) -> bytes:
    design = design_of(entry)
    module, bound = built(design, facts=FACTS, variables=variables_of(entry, design) | ROOMY.get(entry.id, {}))
    return export(module, bound, folder / "model.onnx").path.read_bytes()


@pytest.mark.parametrize("entry", [entry for entry in ZOO if entry.id not in LARGE], ids=lambda entry: entry.id)
def test_every_design_of_the_zoo(entry: Entry, tmp_path: Path) -> None:
    data = exported(entry, tmp_path)
    found = imported(data)
    assert not found.problems
    assert distance(data, found) <= TOLERANCE


def test_a_file_that_was_exported_here_gives_its_design_back(tmp_path: Path) -> None:
    entry = next(entry for entry in ZOO if entry.id == "mlp")
    design = design_of(entry)
    module, bound = built(design, facts=FACTS, variables={"depth": 3})
    found = import_onnx(export(module, bound, tmp_path / "model.onnx").path.read_bytes())
    assert not found.problems
    assert found.design.variables["depth"].value == 3
    assert identify(bind(found.design)).hash == identify(bound).hash
    assert found.notes == ["The file was exported here and carries its design, which is opened."]
