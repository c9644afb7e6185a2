"""SECURITY.md names a test for each row, and each is there."""

from __future__ import annotations

import ast
import re

from tests.conftest import ROOT

ROWS = [line for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")][2:]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_each_row_names_tests_that_are_there() -> None:
    assert len(ROWS) > 25
    for row in ROWS:
        threat, holds, tests = (cell.strip() for cell in row.strip("|").split("|"))
        assert threat
        assert holds.endswith(".")
        named = TEST.findall(tests)
        assert named, threat
        assert " ".join(f"`{path}::{name}`" for path, name in named) == tests, threat
        missing = [f"{path}::{name}" for path, name in named if name not in functions(path)]
        assert missing == [], threat
