"""Numbers and amounts of memory from the environment."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from models_core.environment import BadSetting, bounds, memory_amount


@dataclass(frozen=True)
class Some:
    rows: int = 5
    share: float = 0.5


def test_bounds() -> None:
    assert bounds(Some, "X", {}) == Some()
    assert bounds(Some, "X", {"X_ROWS": " 7 ", "X_SHARE": "1e3", "ROWS": "9"}) == Some(7, 1000.0)
    assert bounds(Some, "X", {"X_ROWS": ""}) == Some()


@pytest.mark.parametrize(
    ("name", "text"),
    [("X_ROWS", "many"), ("X_ROWS", "0"), ("X_ROWS", "-3"), ("X_ROWS", "1.5"), ("X_SHARE", "nan"), ("X_SHARE", "inf")],
)
def test_bounds_that_are_none(name: str, text: str) -> None:
    with pytest.raises(BadSetting, match=rf"{name} is '{text}'; set it to a .*number above 0"):
        bounds(Some, "X", {name: text})


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1000", 1000), ("2K", 2048), ("1.5G", int(1.5 * 2**30)), ("8GB", 8 * 2**30), ("8 GiB", 8 * 2**30), ("50%", 50)],
)
def test_memory_as_people_write_it(text: str, expected: int) -> None:
    assert memory_amount("M", text, 100) == expected


@pytest.mark.parametrize("text", ["much", "-1", "1X", "%"])
def test_memory_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="M is "):
        memory_amount("M", text, 100)
