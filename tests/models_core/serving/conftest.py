"""Models that several tests of serving use, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import made


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, accuracy = made.trained_on_digits(tmp_path_factory.mktemp("digits"))
    assert accuracy > 0.95
    return folder


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.exported("table", tmp_path_factory.mktemp("table"))


@pytest.fixture(scope="session")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.exported("text", tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="session")
def language(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made.exported("language", tmp_path_factory.mktemp("language"))
