"""A cache of prepared data for the session, and one thread."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from models_core.data import Dataset, open_dataset


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def digits(cache: Path) -> Dataset:
    return open_dataset("digits", cache=cache)


@pytest.fixture(scope="session")
def counting(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A few thousand bytes of a text that can be learned: numbers written out in turn."""
    path = tmp_path_factory.mktemp("text") / "count.txt"
    path.write_text(" ".join(f"{number} and {number + 1}," for number in range(700)))
    return open_dataset(path, cache=cache)
