"""Every published design: exported here, read back from its operators alone, with equal outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from models_core import registry
from models_core.compile import bind, identify
from models_core.export.onnx import export
from models_core.importing import import_onnx
from models_core.registry import Entry
from tests.models_core.export.test_onnx import LARGE, built
from tests.models_core.zoo.small import ALL, FACTS, ZOO, design_of, variables_of

from .compare import TOLERANCE, distance, imported

ROOMY = {"vgg16_bn": {"image_size": 224}}
"""Smaller images would be repeated up to what its pooling gives, which ONNX has no operator for."""


def exported(entry: Entry, folder: Path) -> bytes:
    design = design_of(entry)
    module, bound = built(design, facts=FACTS, variables=variables_of(entry, design) | ROOMY.get(entry.id, {}))
    return export(module, bound, folder / "model.onnx").path.read_bytes()


KNOWN = """gru_text lenet5 mixer_b16_224 mlp mlp_regression mlp_table mobilenetv2_100 nin_cifar resnet18 resnet20_cifar
resnet34 resnet50 resnext50_32x4d simplenet_cifar transformer_text vgg16_bn vit vit_tiny_patch16_224""".split()
"""Designs whose operators all have a block; of others, what has none must be told."""


@pytest.mark.parametrize("id", [id for id in KNOWN if id not in LARGE])
def test_designs_of_known_operators(id: str, tmp_path: Path) -> None:
    data = exported(registry.get("design", id), tmp_path)
    found = imported(data)
    assert not found.problems
    assert distance(data, found) <= TOLERANCE


@pytest.mark.skipif(not ALL, reason="many minutes; BLOCKYARD_TEST_ALL=1 asks for it")
@pytest.mark.parametrize("entry", [one for one in ZOO if one.id not in [*LARGE, *KNOWN]], ids=lambda entry: entry.id)
def test_every_other_design_is_read_or_says_why_not(entry: Entry, tmp_path: Path) -> None:
    data = exported(entry, tmp_path)
    found = imported(data)
    assert all(str(problem) for problem in found.problems)
    if not found.problems:
        assert distance(data, found) <= TOLERANCE


def test_a_file_that_was_exported_here_gives_its_design_back(tmp_path: Path) -> None:
    entry = registry.get("design", "mlp")
    design = design_of(entry)
    module, bound = built(design, facts=FACTS, variables={"depth": 3})
    found = import_onnx(export(module, bound, tmp_path / "model.onnx").path.read_bytes())
    assert not found.problems
    assert found.design.variables["depth"].value == 3
    assert identify(bind(found.design)).hash == identify(bound).hash
    assert found.notes == ["The file was exported here and carries its design, which is opened."]
